"""What was ordered comes back into an open cart, to be changed and ordered again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from carts.details import CHECKOUT_FIELDS, CheckoutDetails
from carts.errors import CurrencyMismatch
from carts.models import MAX_LINE_QUANTITY, Cart, CartLine
from carts.services import fill_checkout_details
from catalog.models import Variant
from core.db.locking import require_transaction
from core.money import Money


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Units that were ordered, at what price; the variant may be gone."""

    variant_id: UUID | None
    sku: str
    name: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What did not come back, and why."""

    sku: str
    name: str
    reason: str


def refill_cart(*, cart: Cart, lines: Sequence[ReturnedLine], details: CheckoutDetails | None) -> list[LeftOut]:
    """Put lines into a locked open cart, on top of those in it, and `details` where the cart has none.

    Returns what could not come back: withdrawn since, or in another currency than what is in the cart. Call it in a
    transaction.
    """
    require_transaction()
    kept = {line.variant_id: line for line in CartLine.objects.filter(cart=cart)}
    stored = set(kept)
    on_sale = _on_sale(lines)
    left_out: list[LeftOut] = []
    for line in lines:
        variant = on_sale.get(line.variant_id) if line.variant_id else None
        if variant is None:
            left_out.append(LeftOut(line.sku, line.name, _("This item is no longer sold.")))
            continue
        if not kept:
            cart.currency = variant.currency
        if variant.currency != cart.currency:
            left_out.append(LeftOut(line.sku, line.name, str(CurrencyMismatch.message)))
            continue
        kept[variant.pk] = _on_top(kept.get(variant.pk), line, cart, variant)
    CartLine.objects.bulk_create(line for variant_id, line in kept.items() if variant_id not in stored)
    CartLine.objects.bulk_update([kept[variant_id] for variant_id in stored], ["quantity", "updated_at"])
    if details:
        fill_checkout_details(cart, details)
    cart.save(update_fields=["currency", *CHECKOUT_FIELDS, "updated_at"])
    return left_out


def _on_sale(lines: Sequence[ReturnedLine]) -> dict[UUID, Variant]:
    named = [line.variant_id for line in lines if line.variant_id]
    on_sale: dict[UUID, Variant] = Variant.objects.on_sale().in_bulk(named)
    return on_sale


def _on_top(line: CartLine | None, returned: ReturnedLine, cart: Cart, variant: Variant) -> CartLine:
    if line is None:
        # The price that was agreed is shown against today's.
        agreed = returned.unit_price.minor
        line = CartLine(cart=cart, variant=variant, quantity=0, price_at_add_minor=agreed)
    line.quantity = min(line.quantity + returned.quantity, MAX_LINE_QUANTITY)
    line.updated_at = timezone.now()
    return line
