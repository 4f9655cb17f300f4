"""An order straight from a list of items, without a cart: for integrators, and for staff on a customer's behalf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, Q

from accounts.models import User
from carts.errors import CurrencyMismatch, NotForSale, QuantityOutOfRange
from carts.models import MAX_LINE_QUANTITY, Cart, CartLine
from catalog.models import Variant, VariantOption
from checkout.selectors import quote_lines
from checkout.services import order_quote
from core import clock
from core.money import Money
from inventory.errors import OutOfStock
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of what a SKU or a variant's id names."""

    quantity: int
    sku: str = ""
    variant_id: UUID | None = None


@transaction.atomic
def place_items(
    *,
    items: Sequence[Item],
    customer: User,
    actor: User,
    said: Mapping[str, Any],
    expected_total: Money | None = None,
    now: datetime | None = None,
) -> Order:
    """Place an order for a customer; `said` has what carts.services.CHECKOUT_FIELDS names.

    Mail goes to the customer's address unless another is said. Nothing but an idempotency key tells a repeated call
    from a second order. Raises NotForSale, CurrencyMismatch, QuantityOutOfRange, OutOfStock, InvalidInput,
    CheckoutIncomplete or TotalChanged; then nothing has changed.
    """
    lines = _lines(items)
    cart = Cart(customer=customer, currency=lines[0].variant.currency, **{"email": customer.email or "", **said})
    quote = quote_lines(cart, lines)
    if any(line.line.variant.currency != cart.currency for line in quote.lines):
        raise CurrencyMismatch(field="items")
    short = [
        (line.line.variant_id, line.line.quantity, line.available)
        for line in quote.lines
        if line.line.quantity > line.available
    ]
    if short:
        raise OutOfStock(short)
    quote.require_offered(said)
    return order_quote(quote=quote, cart=None, actor=actor, expected_total=expected_total, now=now or clock.now())


def _lines(items: Sequence[Item]) -> list[CartLine]:
    """A line for each variant, in the order of the items; the same variant twice adds up."""
    variants = _variants(items)
    unknown = [index for index, item in enumerate(items) if (item.variant_id or item.sku) not in variants]
    if unknown:
        raise NotForSale(field="items", details={"items": unknown})
    units: dict[Variant, int] = {}
    for item in items:
        variant = variants[item.variant_id or item.sku]
        units[variant] = units.get(variant, 0) + item.quantity
    if not all(1 <= quantity <= MAX_LINE_QUANTITY for quantity in units.values()):
        raise QuantityOutOfRange(field="items")
    return [CartLine(variant=variant, quantity=quantity) for variant, quantity in units.items()]


def _variants(items: Sequence[Item]) -> dict[UUID | str, Variant]:
    """What is on sale of what the items name, by id and by SKU. Two queries."""
    named = Q(pk__in=[item.variant_id for item in items if item.variant_id]) | Q(sku__in=[item.sku for item in items])
    options = VariantOption.objects.select_related("option_type", "value")
    found = (
        Variant.objects.filter(named, is_active=True, product__is_active=True, product__category__is_active=True)
        .select_related("product__category")
        .prefetch_related(Prefetch("options", queryset=options))
    )
    return {key: variant for variant in found for key in (variant.pk, variant.sku)}
