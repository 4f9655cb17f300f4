"""What the API refuses of notices and of links that are mailed again."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode("in_stock", (409,), "The item can be bought now.", "Put it into the cart."),
    ErrorCode(
        "too_many_links",
        (429,),
        "The link of the order was mailed three times within an hour.",
        "Look into the mailbox, or wait as long as `retry_after` says.",
    ),
)
