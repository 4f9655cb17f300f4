"""What is told of stock. The aggregate is the variant: what counts is what can be sold of it over all locations."""

from enum import StrEnum


class StockEvent(StrEnum):
    """Event types whose aggregate is the variant."""

    LOW = "stock.low"
    SOLD_OUT = "stock.sold_out"
    BACK = "stock.back"


def event_of(*, before: int, after: int, low: int) -> StockEvent | None:
    """What is to be told when what can be sold of a variant goes from one number to another, if anything.

    `low` is the number at which stock is low; what is gone is not told to be low as well.
    """
    if after <= 0:
        return StockEvent.SOLD_OUT if before > 0 else None
    if before <= 0:
        return StockEvent.BACK
    return StockEvent.LOW if after <= low < before else None
