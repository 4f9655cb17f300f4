"""What is told of payments beside what is told of their order."""

from enum import StrEnum


class PaymentEvent(StrEnum):
    """Event types whose aggregate is a payment; the payload names the operation."""

    OPERATION_REQUESTED = "payment.operation_requested"
