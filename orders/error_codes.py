"""What the API refuses of orders."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "open_orders",
        (409,),
        "The person has orders that are not finished.",
        "Wait for those that `details.orders` names, or cancel them.",
    ),
)
