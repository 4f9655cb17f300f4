"""An order straight from a list of items, without a cart: for integrators, and for staff on a customer's behalf."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language, override

from accounts.models import User
from carts.details import CheckoutDetails
from carts.errors import CurrencyMismatch, NotForSale, QuantityOutOfRange
from carts.models import MAX_LINE_QUANTITY
from catalog.media.variant_pictures import with_picture
from catalog.models import Variant
from catalog.selectors import read_options
from checkout.lines import wanted_line
from checkout.placed_orders import PlacedOrder
from checkout.selectors import Purchase, Quote, quote_purchase
from checkout.services.place_order import order_quote
from core import clock
from core.db.ids import new_id
from core.money import Money
from core.tax_ids import settled_tax_id
from core.text.codes import plain_code
from inventory.errors import OutOfStock
from orders.numbers import drawn_again
from pricing.context import Audience
from pricing.destinations import Destination


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of what a SKU or a variant's id names."""

    quantity: int
    sku: str = ""
    variant_id: UUID | None = None


def quote_items(*, items: Sequence[Item], customer: User, details: CheckoutDetails) -> Quote:
    """What place_items would make of the items, with what stands in the way of each line; nothing is written.

    Raises NotForSale for what no item names, QuantityOutOfRange, or InvalidInput for the tax number.
    """
    units = _units(items)
    audience = Audience(next(iter(units)).currency)
    lines = [
        wanted_line(
            line_id=new_id(), variant=variant, quantity=quantity, audience=audience, picture_row=variant.picture_row
        )
        for variant, quantity in units.items()
    ]
    address = details.shipping_address
    invoiced = details.invoice_address
    tax_id = settled_tax_id(details.tax_id, country=invoiced.country if invoiced else settings.SHOP_COUNTRY)
    return quote_purchase(
        Purchase(
            customer_id=customer.pk,
            currency=audience.currency,
            destination=Destination.of(address.as_dict()) if address else Destination(settings.SHOP_COUNTRY),
            details=replace(details, email=details.email or customer.email or "", tax_id=tax_id),
            lines=lines,
        )
    )


@drawn_again
@transaction.atomic
def place_items(
    *,
    items: Sequence[Item],
    customer: User,
    actor: User,
    details: CheckoutDetails,
    expected_total: Money | None = None,
    note: str = "",
    now: datetime | None = None,
) -> PlacedOrder:
    """Place an order for a customer.

    Mail goes to the customer's address unless another is given. The `note` is for staff, in the order's history.
    Nothing but an idempotency key tells a repeated call from a second order. Raises NotForSale, CurrencyMismatch,
    QuantityOutOfRange, OutOfStock, InvalidInput, CheckoutIncomplete or TotalChanged; then nothing has changed.
    """
    # The order speaks its customer's language, whatever that of who places it.
    language = get_language() if actor == customer else customer.preferred_language
    with override(language):
        quote = quote_items(items=items, customer=customer, details=details)
    if any(not line.line.is_priced for line in quote.lines):
        raise CurrencyMismatch(field="items")
    if quote.short:
        raise OutOfStock(quote.short)
    quote.require_offered(details.given)
    with override(language):
        return order_quote(
            quote=quote,
            customer=customer,
            actor=actor,
            expected_total=expected_total,
            note=note,
            now=now or clock.now(),
        )


def _units(items: Sequence[Item]) -> dict[Variant, int]:
    """The units of each variant, in the order of the items; the same variant twice adds up."""
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
    return units


def variants_on_sale(items: Sequence[Item]) -> dict[UUID | str, Variant]:
    """What is on sale of what the items name, by id and by SKU. One query, one more for options if there are any."""
    ids, skus = [item.variant_id for item in items if item.variant_id], [plain_code(item.sku) for item in items]
    named = Q(pk__in=ids) | Q(sku__in=skus)
    found = list(with_picture(Variant.objects.on_sale().filter(named).select_related("product"), "pk"))
    read_options(found)
    return {key: variant for variant in found for key in (variant.pk, variant.sku)}


def _key(item: Item) -> UUID | str:
    return item.variant_id or plain_code(item.sku)
