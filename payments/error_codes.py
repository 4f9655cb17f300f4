"""What the API refuses of payments."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "refund_beyond_owed",
        (422,),
        "The refund is more than the order owes its customer.",
        "Refund what is owed, or confirm that it is meant.",
    ),
    ErrorCode(
        "unknown_payment_provider",
        (422,),
        "This order cannot be paid so.",
        "Send one of the checkout's `payment_providers`.",
    ),
    ErrorCode("no_payment", (422,), "The order has no payment that could be recorded.", "Check `order_id`."),
    ErrorCode("amount_differs", (422,), "The payment has another amount.", "Send `details.due`, or leave it out."),
    ErrorCode(
        "payment_method_differs",
        (422,),
        "The order is paid in another way.",
        "Send `details.provider`, or leave it out.",
    ),
    ErrorCode("refund_too_large", (422,), "More than is left of the capture.", "Send `details.refundable` or less."),
)
