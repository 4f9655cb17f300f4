"""Error codes of the checkout and of changes to an order."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "total_changed", (409,), "The total is not the one that was seen.", "Show `details.total`, and order again."
    ),
    ErrorCode(
        "cart_changed", (409,), "The cart is not what the shopper saw on the page.", "Show the cart, and order again."
    ),
    ErrorCode("not_cancellable", (409,), "The order has ended or was sent.", "Nothing."),
    ErrorCode("not_editable", (409,), "The order has ended, was sent, or came by an import.", "Nothing."),
    ErrorCode("order_changed", (409,), "The order is not what staff has looked at.", "Read it again."),
    ErrorCode(
        "checkout_incomplete",
        (422,),
        "Something is missing before the order can be placed.",
        "Do the step that `details.step` names.",
    ),
    ErrorCode("unknown_customer", (422,), "There is no such customer.", "Send the id of one."),
    ErrorCode("address_in_use", (422,), "A parcel is on its way to this address.", "Leave the address as it is."),
    ErrorCode("no_lines", (422,), "An order keeps at least one line.", "Cancel it instead."),
    ErrorCode("unknown_line", (422,), "The order has no such line.", "Send the id of one."),
    ErrorCode("below_shipped", (422,), "Fewer units than are in a parcel already.", "Send `details.least` or more."),
    ErrorCode(
        "discount_too_large", (422,), "The discount is more than what it is taken off.", "Send `details.most` or less."
    ),
    ErrorCode("discount_too_small", (422,), "The discount takes nothing off.", "Send a larger one."),
    ErrorCode("invalid_percent", (422,), "The percentage is not above 0, up to 100.", "Correct the percentage."),
    ErrorCode("one_size", (), "A discount has both a percentage and an amount, or neither.", "Send one of the two."),
    ErrorCode("no_line", (), "A discount on a line names none, or another discount names one.", "Send `line_id`."),
    ErrorCode("tax_unknown", (422,), "The taxes of a new destination are not known.", "Choose another."),
    ErrorCode(
        "one_name", (), "An item is named twice, or not at all.", "Send one of `sku`, `variant_id` and `product_id`."
    ),
)
