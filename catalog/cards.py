"""A product as a card shows it, worked out once for lists, shelves and suggestions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from catalog.models import Product, ProductImage
from core.money import Money


@dataclass(frozen=True, slots=True)
class Card:
    """What a shopper sees of a product in a list; prices are those of its cheapest active variant."""

    product: Product
    url: str
    image: ProductImage | None
    price: Money
    compare_at: Money | None
    has_several_prices: bool
    is_sold_out: bool


def variant_ids(products: Iterable[Product]) -> list[UUID]:
    """The active variants of products read by `product_cards`, to ask the stock about."""
    return [variant.pk for product in products for variant in product.variants.all()]


def make_cards(products: Iterable[Product], available: Mapping[UUID, int]) -> list[Card]:
    """Cards for products read by `product_cards`; `available` has the units by variant that can be sold."""
    return [_card(product, available) for product in products]


def _card(product: Product, available: Mapping[UUID, int]) -> Card:
    variants = list(product.variants.all())
    images = list(product.images.all())
    cheapest = variants[0]
    return Card(
        product=product,
        url=product.get_absolute_url(),
        image=images[0] if images else None,
        price=cheapest.price,
        compare_at=cheapest.compare_at,
        has_several_prices=variants[-1].price != cheapest.price,
        is_sold_out=not any(available.get(variant.pk, 0) > 0 for variant in variants),
    )
