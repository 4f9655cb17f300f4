"""What a source says of an order, and where that order stands in the shop. One table, read by mappings and SQL."""

from enum import StrEnum


class SourceState(StrEnum):
    """The words that a mapping's `state` leads to.

    Where a date is needed that is not mapped, the day the order was placed stands for it.
    """

    PENDING = "pending"  # placed, and waits for money; with a date of payment it counts as confirmed
    CONFIRMED = "confirmed"  # agreed, paid or not, and to be shipped
    PROCESSING = "processing"  # being packed
    SHIPPED = "shipped"  # on its way
    DELIVERED = "delivered"  # with the customer; paid if a date of payment is mapped
    COMPLETED = "completed"  # with the customer, and paid
    CANCELLED = "cancelled"  # given up; what was paid went back, unless `refunded` says how much of it did
    REFUNDED = "refunded"  # paid, and all of it went back; never shipped unless `shipped_at` says so
    PARTIALLY_REFUNDED = "partially_refunded"  # with the customer, paid, and `refunded` of it went back


def _sql(*states: SourceState) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


_S = SourceState
LEFT_THE_HOUSE = _sql(_S.SHIPPED, _S.DELIVERED, _S.COMPLETED, _S.PARTIALLY_REFUNDED)
PAID_FOR = _sql(_S.COMPLETED, _S.REFUNDED, _S.PARTIALLY_REFUNDED)
