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
    ErrorCode(
        "unknown_variable",
        (422,),
        "The text of a message names a variable that the message does not have.",
        "Use one of `details.known`.",
    ),
    ErrorCode(
        "broken_placeholder",
        (422,),
        "Braces in the text of a message are no variable, or are not closed.",
        "Write `{number}`, or `{{` and `}}` for a brace itself.",
    ),
)
