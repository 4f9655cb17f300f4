"""Error codes of the carts' API."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode("cart_closed", (409,), "The cart was ordered or merged.", "Open a new one."),
    ErrorCode("not_for_sale", (409,), "The item is withdrawn or unknown.", "Remove it."),
    ErrorCode(
        "currency_mismatch", (409, 422), "Amounts of different currencies do not go together.", "Use one currency."
    ),
    ErrorCode(
        "price_changed",
        (409,),
        "The price agreed to is not the present one.",
        "Show `details.price`, and agree to that.",
    ),
    ErrorCode(
        "quantity_out_of_range",
        (422,),
        "Not a quantity that can be used here.",
        "Send one within the bounds that the message names.",
    ),
)
