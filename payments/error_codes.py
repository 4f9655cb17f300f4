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
    ErrorCode("part_too_large", (422,), "The part is no less than the payment.", "Send less than `details.payment`."),
    ErrorCode("no_payment", (422,), "The order has no payment that could be recorded.", "Check `order_id`."),
    ErrorCode("amount_differs", (422,), "The payment has another amount.", "Send `details.due`, or leave it out."),
    ErrorCode(
        "payment_method_differs",
        (422,),
        "The order is paid in another way.",
        "Send `details.provider`, or leave it out.",
    ),
    ErrorCode(
        "payment_declined",
        (422,),
        "The payment provider refused; `details` have its code and message, and our operation.",
        "Read `details.provider_code`; correct the cause, then send a new request with a new key.",
    ),
    ErrorCode(
        "operation_in_flight",
        (409,),
        "The payment provider has not decided yet about a request that this one would repeat or contradict.",
        "Try again after `Retry-After`. The payment's `operations` show what is undecided.",
    ),
    ErrorCode(
        "outcome_unknown",
        (409,),
        "The payment provider did not answer, so it is not known whether it was done.",
        "Wait: the shop asks again by itself. Repeat a request with the same Idempotency-Key only.",
    ),
    ErrorCode(
        "invalid_event",
        (400,),
        "The message is not signed as its payment provider signs.",
        "Check the provider's signing secret.",
    ),
    ErrorCode("refund_too_large", (422,), "More than is left of the capture.", "Send `details.refundable` or less."),
)
