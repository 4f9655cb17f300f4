"""A product as a card shows it, worked out once for lists, shelves and suggestions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from catalog.summaries import Picture, ProductSummary
from core.money import Money


@dataclass(frozen=True, slots=True)
class Card:
    """What a shopper sees of a product in a list; prices are those of its cheapest active variant."""

    name: str
    brand: str
    url: str
    image: Picture | None
    price: Money
    compare_at: Money | None
    has_several_prices: bool
    is_sold_out: bool


def make_cards(summaries: Iterable[ProductSummary], available: Mapping[UUID, int]) -> list[Card]:
    """A card for each product; `available` has the units by variant that can be sold."""
    return [
        Card(
            name=summary.name,
            brand=summary.brand,
            url=summary.get_absolute_url(),
            image=summary.picture,
            price=summary.price,
            compare_at=summary.compare_at,
            has_several_prices=summary.has_several_prices,
            is_sold_out=not any(available.get(variant_id, 0) > 0 for variant_id in summary.variant_ids),
        )
        for summary in summaries
    ]
