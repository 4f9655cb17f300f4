"""What the API refuses of shipping."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "unknown_shipping_method",
        (422,),
        "This order cannot be shipped so.",
        "Send one of the checkout's `shipping_methods`.",
    ),
    ErrorCode("not_left_to_ship", (422,), "More units than are left of the line.", "Send `details.left` or fewer."),
    ErrorCode("nothing_to_ship", (422,), "Nothing of the order is left to ship.", "Nothing."),
    ErrorCode("line_named_twice", (), "A line is named twice.", "Name each line once."),
)
