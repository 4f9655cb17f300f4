"""What the API refuses of stock."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "backorder_limit_changed",
        (409,),
        "Somebody changed the backorder limit since it was read.",
        "Read it again, and send the change for what it is now.",
    ),
    ErrorCode(
        "out_of_stock",
        (409,),
        "Less is left than was asked for, of the last unit nothing.",
        "Show `details.lines`, which say what is short and how much there is.",
    ),
    ErrorCode(
        "limit_below_backordered", (409,), "More units are backordered already.", "Send `details.backordered` or more."
    ),
    ErrorCode("stock_below_reserved", (409,), "More units are reserved than would be left.", "Cancel orders first."),
    ErrorCode("reason_required", (422,), "A change of stock needs a reason.", "Send one."),
    ErrorCode(
        "limit_out_of_range",
        (422,),
        "Not a limit that can be used.",
        "Send one within the bounds that the message names.",
    ),
    ErrorCode("not_reserved", (422,), "Fewer units are reserved than are to be shipped.", "Ship fewer."),
    ErrorCode("backordered", (422,), "Units of the line wait for stock.", "Ship the others, or wait."),
)
