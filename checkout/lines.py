"""What somebody wants to buy, line by line: from a cart or straight from a list of items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carts.models import CartLine
from catalog.models import Variant
from catalog.reads.pictures import Pictured
from core.money import Money
from pricing.context import Audience, PricingLine
from pricing.selectors import price_of


@dataclass(frozen=True)
class WantedLine(Pictured):
    """So many units of a variant at today's price; `price_at_add` only of what was put into a cart."""

    id: UUID
    variant: Variant
    quantity: int
    unit_price: Money
    # Whether the variant is for sale to who wants it; else the unit price is what others pay, to be shown.
    is_priced: bool
    price_at_add: Money | None = None
    picture_row: Mapping[str, Any] | None = None

    @property
    def variant_id(self) -> UUID:
        known: UUID = self.variant.pk
        return known

    @property
    def price_has_changed(self) -> bool:
        return self.price_at_add is not None and self.price_at_add != self.unit_price

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity

    def to_price(self) -> PricingLine:
        """Return the line as the calculator takes it."""
        return PricingLine(str(self.id), self.unit_price, self.quantity, self.variant.product.tax_class)


def wanted_line(
    *,
    line_id: UUID,
    variant: Variant,
    quantity: int,
    audience: Audience,
    price_at_add: Money | None = None,
    picture_row: Mapping[str, Any] | None = None,
) -> WantedLine:
    """Price a line for an audience; the variant is read with its product."""
    price = price_of(variant, audience)
    is_priced, shown = price is not None, variant.price if price is None else price
    return WantedLine(line_id, variant, quantity, shown, is_priced, price_at_add, picture_row)


def wanted_in_cart(line: CartLine, audience: Audience) -> WantedLine:
    """Price a cart's line, which is read as carts.selectors.cart_lines() does."""
    return wanted_line(
        line_id=line.pk,
        variant=line.variant,
        quantity=line.quantity,
        audience=audience,
        price_at_add=line.price_at_add,
        picture_row=line.picture_row,
    )
