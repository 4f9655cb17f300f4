"""An order straight from a list of items, without a cart: for integrators, and for staff on a customer's behalf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language, override

from accounts.models import User
from carts.errors import CurrencyMismatch, NotForSale, QuantityOutOfRange
from carts.models import MAX_LINE_QUANTITY, Cart, CartLine
from catalog.models import Variant
from catalog.selectors import read_options
from catalog.variant_pictures import with_picture
from checkout.selectors import Quote, quote_lines
from checkout.services import order_quote
from core import clock
from core.codes import plain_code
from core.money import Money
from inventory.errors import OutOfStock
from orders.models import Order
from orders.numbers import drawn_again


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of what a SKU or a variant's id names."""

    quantity: int
    sku: str = ""
    variant_id: UUID | None = None


def quote_items(*, items: Sequence[Item], customer: User, said: Mapping[str, Any]) -> Quote:
    """What place_items would make of the items, with what stands in the way of each line; nothing is written.

    Raises NotForSale for what no item names, QuantityOutOfRange.
    """
    lines = _lines(items)
    cart = Cart(customer=customer, currency=lines[0].variant.currency, **{"email": customer.email or "", **said})
    return quote_lines(cart, lines)


@drawn_again
@transaction.atomic
def place_items(
    *,
    items: Sequence[Item],
    customer: User,
    actor: User,
    said: Mapping[str, Any],
    expected_total: Money | None = None,
    note: str = "",
    now: datetime | None = None,
) -> Order:
    """Place an order for a customer; `said` has what carts.services.CHECKOUT_FIELDS names.

    Mail goes to the customer's address unless another is said. The `note` is for staff, in the order's history.
    Nothing but an idempotency key tells a repeated call from a second order. Raises NotForSale, CurrencyMismatch,
    QuantityOutOfRange, OutOfStock, InvalidInput, CheckoutIncomplete or TotalChanged; then nothing has changed.
    """
    # The order speaks its customer's language, whatever that of who places it.
    language = get_language() if actor == customer else customer.preferred_language
    with override(language):
        quote = quote_items(items=items, customer=customer, said=said)
    cart = quote.cart
    if any(line.line.variant.currency != cart.currency for line in quote.lines):
        raise CurrencyMismatch(field="items")
    if quote.short:
        raise OutOfStock(quote.short)
    quote.require_offered(said)
    with override(language):
        return order_quote(
            quote=quote, cart=None, actor=actor, expected_total=expected_total, note=note, now=now or clock.now()
        )


def _lines(items: Sequence[Item]) -> list[CartLine]:
    """A line for each variant, in the order of the items; the same variant twice adds up."""
    variants = variants_on_sale(items)
    unknown = [index for index, item in enumerate(items) if _key(item) not in variants]
    if unknown:
        paths = [f"items.{index}.{'variant_id' if items[index].variant_id else 'sku'}" for index in unknown]
        raise NotForSale(field="items", paths=paths, details={"items": unknown})
    units: dict[Variant, int] = {}
    for item in items:
        variant = variants[_key(item)]
        units[variant] = units.get(variant, 0) + item.quantity
    if not all(1 <= quantity <= MAX_LINE_QUANTITY for quantity in units.values()):
        raise QuantityOutOfRange(field="items")
    lines = [CartLine(variant=variant, quantity=quantity) for variant, quantity in units.items()]
    for line in lines:
        line.picture_row = line.variant.picture_row
    return lines


def variants_on_sale(items: Sequence[Item]) -> dict[UUID | str, Variant]:
    """What is on sale of what the items name, by id and by SKU. One query, one more for options if there are any."""
    ids, skus = [item.variant_id for item in items if item.variant_id], [plain_code(item.sku) for item in items]
    named = Q(pk__in=ids) | Q(sku__in=skus)
    found = list(with_picture(Variant.objects.on_sale().filter(named).select_related("product"), "pk"))
    read_options(found)
    return {key: variant for variant in found for key in (variant.pk, variant.sku)}


def _key(item: Item) -> UUID | str:
    return item.variant_id or plain_code(item.sku)
