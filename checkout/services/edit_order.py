"""Staff changes an order before it is sent: units, lines and the delivery address.

What was agreed stays: a line keeps its unit price and its tax, whatever the catalogue says today, and units are added
at today's price, as a line of their own where it is another. Discounts stay, in proportion to the units that stay, and
staff may give one more. Delivery keeps its charge unless its method charges the old and the new goods differently.
Another country, or a region or postal code that is taxed otherwise, taxes all lines anew and charges delivery anew, at
agreed prices.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from carts.errors import CurrencyMismatch, NotForSale, QuantityOutOfRange
from carts.models import MAX_LINE_QUANTITY
from catalog.models import Variant
from checkout.errors import NotEditable, OrderChanged, TotalChanged
from checkout.services.place_items import Item, variants_on_sale
from core import clock
from core.errors import InvalidInput, NotFound
from core.i18n.addresses import PostalAddress
from core.money import Money, total
from inventory import services as inventory
from inventory.allocation import Demand
from inventory.locking import lock_stock
from inventory.selectors import available_by_variant
from orders.models import Order, OrderLine
from orders.services import LineDraft, change_order, lock_order
from orders.states import OrderEdit
from orders.versions import order_version
from payments.parts import reopen_payments
from payments.providers import get_provider
from pricing.adjustments import Adjustment, AdjustmentKind, AdjustmentSource
from pricing.calculator import Totals, calculate
from pricing.context import (
    AgreedShipping,
    Audience,
    BuyerFacts,
    PricingContext,
    PricingLine,
    RateTable,
    TaxRules,
)
from pricing.destinations import Destination
from pricing.discounts import Discount, adjustments_of
from pricing.selectors import price_of, tax_rules_for
from shipping.selectors import methods_for, packed_quantities, rate_table
from shipping.services import recompute_fulfilment

_ADDRESS = "shipping_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is wanted: units by line id (0 takes the line out, others stay), items on top, another address.

    A `discount` comes on top of those that were given, of which `removed_discount`, a code, takes one back.
    """

    quantities: Mapping[UUID, int] = field(default_factory=dict)
    added: Sequence[Item] = ()
    shipping_address: PostalAddress | None = None
    discount: Discount | None = None
    removed_discount: str = ""

    @property
    def changes_discounts(self) -> bool:
        return self.discount is not None or bool(self.removed_discount)


@dataclass(slots=True, kw_only=True)
class EditedLine:
    """A line as it would be: `before` units were agreed, `packed` are in parcels; one that is added has a `draft`.

    Stock is reserved for the `holder`. Without a `tax_rate` that was agreed, the variant's class decides.
    """

    key: str
    holder: UUID
    sku: str
    name: str
    variant_name: str
    variant: Variant | None
    unit_price: Money
    quantity: int
    before: int = 0
    packed: int = 0
    tax_rate: Decimal | None = None
    draft: LineDraft | None = None

    @property
    def has_changed(self) -> bool:
        return self.quantity != self.before

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class EditQuote:
    """What an order would be after an edit. `short` names variants with the units wanted on top and those there are."""

    order: Order
    lines: list[EditedLine]
    totals: Totals
    shipping_address: PostalAddress | None
    short: list[tuple[UUID, int, int]]
    changes_discounts: bool = False

    @property
    def changes_anything(self) -> bool:
        has_changed = any(line.has_changed for line in self.lines)
        return has_changed or self.changes_discounts or self.shipping_address is not None

    @property
    def due(self) -> Money:
        """What would still be to be paid; negative for what would have to be given back."""
        after = copy(self.order)
        after.total_minor = self.totals.total.minor
        return after.due

    @property
    def to_refund(self) -> Money | None:
        """What would have to be given back, if anything."""
        return -self.due if self.due.minor < 0 else None


@transaction.atomic
def edit_order(
    *,
    order_id: UUID,
    edit: Edit,
    actor: User | None,
    note: str = "",
    expected_total: Money | None = None,
    seen_version: str | None = None,
) -> Order:
    """Change an order: its lines, totals, reservations and open payment follow, and its history tells of it.

    An edit that changes nothing leaves no trace. What was paid too much shows as a negative `due` until it is
    refunded. Raises NotEditable, OrderChanged if the order is no more of the version that was seen, TotalChanged,
    OutOfStock, NotForSale, CurrencyMismatch, QuantityOutOfRange or InvalidInput; then nothing has changed.
    """
    order = lock_order(order_id)
    if seen_version not in {None, order_version(order)}:
        raise OrderChanged
    quote = quote_edit(order=order, edit=edit)
    if expected_total not in {None, quote.totals.total}:
        raise TotalChanged(details={"total": quote.totals.total.as_dict()})
    if not quote.changes_anything:
        return order
    total_before = order.total
    change_order(
        order=order,
        totals=quote.totals,
        added=[line.draft for line in quote.lines if line.draft],
        shipping_address=quote.shipping_address,
        actor=actor,
        note=note,
        recorded_as=OrderEdit.DISCOUNT if quote.changes_discounts else OrderEdit.LINES,
    )
    if order.total != total_before:
        _ask_for_the_rest(order, actor, is_more=order.total.minor > total_before.minor)
    _reserve_the_difference(quote.lines, order.ship_to.country)
    if order.has_shipped:
        recompute_fulfilment(order=order, actor=actor)
    return order


def quote_edit(*, order: Order, edit: Edit) -> EditQuote:
    """What an edit would make of an order; nothing is written. Raises like edit_order, but for what is short."""
    if not order.is_editable:
        raise NotEditable(details={"status": order.status, "fulfilment_status": order.fulfilment_status})
    if edit.changes_discounts and not order.is_discountable:
        raise NotEditable(details={"status": order.status, "fulfilment_status": order.fulfilment_status})
    address = edit.shipping_address if edit.shipping_address != order.ship_to else None
    if address and order.has_shipped:
        raise InvalidInput(_("A parcel is on its way to this address."), code="address_in_use", field=_ADDRESS)
    lines = _edited_lines(order, edit)
    if not any(line.quantity for line in lines):
        raise InvalidInput(_("An order keeps at least one line. Cancel it instead."), code="no_lines", field="lines")
    agreed = _agreed_adjustments(order)
    context = _context(order, lines, address, agreed)
    if edit.removed_discount:
        context = replace(context, adjustments=_without_discount(agreed, edit.removed_discount))
    return EditQuote(
        order=order,
        lines=lines,
        totals=_totals(context, edit.discount, agreed),
        shipping_address=address,
        short=_short(lines),
        changes_discounts=edit.changes_discounts,
    )


def _totals(context: PricingContext, discount: Discount | None, agreed: Sequence[Adjustment]) -> Totals:
    totals = calculate(context)
    if discount is None:
        return totals
    given = adjustments_of(discount, totals=totals, code=_next_code(agreed))
    return calculate(replace(context, adjustments=(*context.adjustments, *given)))


def _next_code(agreed: Sequence[Adjustment]) -> str:
    """The code of the next discount by staff: `manual-1`, then `manual-2`."""
    codes = {one.code for one in agreed}
    return next(code for number in count(1) if (code := f"manual-{number}") not in codes)


def _edited_lines(order: Order, edit: Edit) -> list[EditedLine]:
    """The order's lines with the units that they would have, then those that are added."""
    packed = packed_quantities(order)
    lines = [
        _agreed_line(order, line, packed.get(line.pk, 0)) for line in order.lines.select_related("variant__product")
    ]
    by_id = {line.holder: line for line in lines}
    more: list[Item] = []
    for line_id, units in edit.quantities.items():
        if line_id not in by_id:
            raise InvalidInput(
                _("The order has no such line."), code="unknown_line", field="lines", details={"line": str(line_id)}
            )
        edited = by_id[line_id]
        _require_units(edited, units, was_packed=line_id in packed)
        if units > edited.quantity:
            more.append(_on_top(edited, units - edited.quantity))
        else:
            edited.quantity = units
    return _with_items(order, lines, [*more, *edit.added], len(more))


def _agreed_line(order: Order, line: OrderLine, packed: int) -> EditedLine:
    return EditedLine(
        key=str(line.pk),
        holder=line.pk,
        sku=line.sku,
        name=line.name,
        variant_name=line.variant_name,
        variant=line.variant,
        unit_price=Money(line.unit_price_minor, order.currency),
        quantity=line.quantity,
        before=line.quantity,
        packed=packed,
        tax_rate=line.tax_rate,
    )


def _require_units(edited: EditedLine, units: int, *, was_packed: bool) -> None:
    if not 0 <= units <= MAX_LINE_QUANTITY:
        raise QuantityOutOfRange(field="lines", details={"line": edited.key})
    # A line that was in a parcel stays as its record, also when the parcel came back.
    least = max(edited.packed, 1 if was_packed else 0)
    if units < least:
        message = _("No fewer than %(count)d, which are in a parcel already.") % {"count": least}
        raise InvalidInput(message, code="below_shipped", field="lines", details={"line": edited.key, "least": least})


def _on_top(edited: EditedLine, units: int) -> Item:
    if edited.variant is None:
        raise NotForSale(field="lines", details={"line": edited.key})
    return Item(units, variant_id=edited.variant.pk)


def _with_items(order: Order, lines: list[EditedLine], items: Sequence[Item], of_lines: int) -> list[EditedLine]:
    """The lines with items on top: on the line that has them at today's price, or else on one of their own.

    The first `of_lines` items are units that lines were raised by, the others were named as items.
    """
    if not items:
        return lines
    on_sale = variants_on_sale(items)
    for place, item in enumerate(items):
        if (item.variant_id or item.sku) not in on_sale:
            raise _not_for_sale(lines, item, place - of_lines)
    for item in items:
        variant = on_sale[item.variant_id or item.sku]
        price = price_of(variant, Audience(order.currency))
        if price is None:
            raise CurrencyMismatch(field="items")
        target = next((line for line in lines if line.variant == variant and line.unit_price == price), None)
        if target is None:
            lines.append(target := _new_line(variant, price, order.language))
        target.quantity += item.quantity
        if target.quantity > MAX_LINE_QUANTITY:
            raise QuantityOutOfRange(field="items")
    return lines


def _not_for_sale(lines: Sequence[EditedLine], item: Item, place: int) -> NotForSale:
    """Names the item by its place, or where units of a line were raised, which have none, the line."""
    if place >= 0:
        path = f"items.{place}.{'variant_id' if item.variant_id else 'sku'}"
        return NotForSale(field="items", paths=[path], details={"items": [place]})
    raised = next(line.key for line in lines if line.variant and line.variant.pk == item.variant_id)
    return NotForSale(field="lines", details={"line": raised})


def _new_line(variant: Variant, price: Money, language: str) -> EditedLine:
    # A snapshot in the order's language, as its other lines.
    with override(language):
        name, variant_name = variant.product.name, variant.options_label
    draft = LineDraft(
        key=f"new:{variant.pk}", variant_id=variant.pk, sku=variant.sku, name=name, variant_name=variant_name
    )
    return EditedLine(
        key=draft.key,
        holder=draft.id,
        sku=draft.sku,
        name=name,
        variant_name=variant_name,
        variant=variant,
        unit_price=price,
        quantity=0,
        draft=draft,
    )


def _context(
    order: Order, lines: Sequence[EditedLine], address: PostalAddress | None, agreed: tuple[Adjustment, ...]
) -> PricingContext:
    """Gather what the order would be priced by: as agreed, or by other rules if it goes to where those hold."""
    destination = Destination.of((address or order.ship_to).as_dict())
    taxes = tax_rules_for(destination)
    moved = _is_taxed_elsewhere(order, destination, taxes)
    if not moved:
        taxes = replace(taxes, zone=order.tax_zone, prices_include_tax=order.prices_include_tax)
    same_goods = not any(line.has_changed for line in lines)
    return PricingContext(
        currency=order.currency,
        lines=tuple(_to_price(line, moved=moved) for line in lines if line.quantity),
        buyer=BuyerFacts(order.customer_id),
        destination=destination,
        taxes=taxes,
        now=clock.now(),
        shipping=_shipping_rates(order, destination, agreed, moved=moved, same_goods=same_goods),
        adjustments=agreed,
    )


def _is_taxed_elsewhere(order: Order, destination: Destination, today: TaxRules) -> bool:
    """Whether an order would go to another country, or to where goods are taxed otherwise than where it goes now."""
    agreed = Destination.of(order.shipping_address)
    if agreed.country != destination.country:
        return True
    return agreed != destination and tax_rules_for(agreed) != today


def _agreed_adjustments(order: Order) -> tuple[Adjustment, ...]:
    """What was taken off the order so far."""
    return tuple(
        Adjustment(
            id=row.pk,
            kind=AdjustmentKind(row.kind),
            source=AdjustmentSource(row.source),
            code=row.code,
            amount=Money(row.amount_minor, order.currency),
            line=str(row.line_id) if row.line_id else None,
            units=row.units,
            reason=row.reason,
        )
        for row in order.adjustments.all()
    )


def _without_discount(agreed: Sequence[Adjustment], code: str) -> tuple[Adjustment, ...]:
    """The adjustments but for those of a discount by staff. Raises NotFound if there is none of this code."""
    stay = tuple(one for one in agreed if (one.source, one.code) != (AdjustmentSource.MANUAL, code))
    if len(stay) == len(agreed):
        raise NotFound
    return stay


def _to_price(edited: EditedLine, *, moved: bool) -> PricingLine:
    tax_class = edited.variant.product.tax_class if edited.variant else ""
    if edited.tax_rate is not None and not moved:
        return PricingLine(edited.key, edited.unit_price, edited.quantity, tax_class, edited.tax_rate)
    if edited.variant is None:
        message = _("%(sku)s has left the catalogue, so its tax in that country is not known.") % {"sku": edited.sku}
        raise InvalidInput(message, code="tax_unknown", field=_ADDRESS)
    return PricingLine(edited.key, edited.unit_price, edited.quantity, tax_class)


def _shipping_rates(
    order: Order, destination: Destination, agreed: Sequence[Adjustment], *, moved: bool, same_goods: bool
) -> RateTable:
    """The order's method as it is offered today, and what was agreed of it, which another country ends.

    With the same goods the agreed charge stays: a discount by staff does not make delivery dearer.
    """
    if not order.shipping_method_name:
        return RateTable()
    if same_goods and not moved:
        return RateTable(agreed=_agreed_shipping(order, agreed))
    methods = methods_for(country=destination.country, currency=order.currency)
    table = rate_table(methods, chosen=order.shipping_method, agreed=None if moved else _agreed_shipping(order, agreed))
    if moved and table.rate is None:
        message = _("%(method)s does not go there.") % {"method": order.shipping_method_name}
        raise InvalidInput(message, code="unknown_shipping_method", field=_ADDRESS)
    return table


def _agreed_shipping(order: Order, agreed: Sequence[Adjustment]) -> AgreedShipping:
    """The charge before what was taken off it."""
    taken = total((one.amount for one in agreed if one.kind == AdjustmentKind.SHIPPING_DISCOUNT), order.currency)
    goods = order.subtotal - order.discount
    return AgreedShipping(order.shipping_method_name, order.shipping + taken, order.shipping_tax_rate, goods)


def _short(lines: Sequence[EditedLine]) -> list[tuple[UUID, int, int]]:
    more: dict[UUID, int] = {}
    for edited in lines:
        if edited.variant:
            more[edited.variant.pk] = more.get(edited.variant.pk, 0) + edited.quantity - edited.before
    wanted = {variant: units for variant, units in more.items() if units > 0}
    available = available_by_variant(wanted) if wanted else {}
    found = [(variant, units, available.get(variant, 0)) for variant, units in wanted.items()]
    return [one for one in found if one[1] > one[2]]


def _ask_for_the_rest(order: Order, actor: User | None, *, is_more: bool) -> None:
    """Give up what was to be collected before the edit; the new amount takes its place.

    Less can be paid as more could, also where the provider's limit was lowered since.
    """
    if is_more and order.due.minor > 0:
        provider = get_provider(order.payment_provider)
        if not provider.accepts(order.total):
            message = _("This total cannot be paid by %(provider)s.") % {"provider": provider.label}
            raise InvalidInput(message, code="unknown_payment_provider", field="payment_provider")
    reopen_payments(order=order, actor=actor)


def _reserve_the_difference(lines: Sequence[EditedLine], country: str) -> None:
    changed = [line for line in lines if line.has_changed]
    # Locked at once: one after another, two edits could do it crosswise.
    lock_stock({line.variant.pk for line in changed if line.variant})
    wanted = [
        Demand(line.holder, line.variant.pk, line.quantity - line.packed)
        for line in changed
        if line.variant and line.quantity > line.packed
    ]
    kept = {demand.holder for demand in wanted}
    inventory.release(holders=[line.holder for line in changed if line.holder not in kept])
    if wanted:
        inventory.reserve(demands=wanted, instead_of=kept, country=country)
