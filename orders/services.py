"""Writes to orders. Totals and derived states are written here and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from carts.models import Cart
from core.context import current_door
from core.db.ids import new_id
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidTransition, NotFound
from core.fast.rows import add, add_all
from core.i18n.addresses import PostalAddress
from core.outbox.services import emit, emit_all
from orders.derived import payment_status
from orders.events import OF_STATUS, OrderEvent
from orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from orders.numbers import NumberTaken
from orders.states import TRANSITIONS, FulfilmentStatus, OrderEdit, OrderStatus
from pricing.adjustments import Adjustment
from pricing.calculator import LineTotals, Totals

_PRICED = ("unit_price_minor", "quantity", "discount_minor", "tax_rate", "tax_minor", "total_minor", "price_steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """What a line keeps of the catalogue, in the order's language; `key` finds its priced line in the totals."""

    key: str
    id: UUID = field(default_factory=new_id)
    variant_id: UUID
    sku: str
    name: str
    variant_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order as agreed, before it has a number."""

    customer: User | None
    cart: Cart | None
    email: str
    language: str
    lines: Sequence[LineDraft]
    totals: Totals
    shipping_address: PostalAddress
    billing_address: PostalAddress
    tax_id: str
    shipping_method: str
    shipping_method_name: str
    payment_provider: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedOrder:
    """An order with the rows that were written with it, the lines in the order of their drafts."""

    order: Order
    lines: list[OrderLine]
    adjustments: list[OrderAdjustment]
    history: list[OrderTransition]


def create_order(
    *, draft: OrderDraft, actor: User | None, now: datetime, note: str = "", is_confirmed: bool = False
) -> CreatedOrder:
    """Write an order with its lines and the first history rows, the first of which has the note.

    With `is_confirmed` it goes on to confirmed at once. Call it in a transaction inside orders.numbers.drawn_again().
    """
    require_transaction()
    order = _insert(_order_from(draft, now), is_confirmed)
    priced = {line.key: line for line in draft.totals.lines}
    lines = add_all(
        _line_from(order, line, priced[line.key], position) for position, line in enumerate(draft.lines, start=1)
    )
    adjustments = _write_adjustments(order, draft.totals.adjustments, {line.key: line.id for line in draft.lines})
    steps = [("", OrderStatus.PENDING)] + [(OrderStatus.PENDING, OrderStatus.CONFIRMED)] * is_confirmed
    history = add_all(
        _step(order, OrderTransition.Kind.STATUS, before, after, actor=actor, note="" if before else note)
        for before, after in steps
    )
    emit_all(event_types=[OrderEvent.PLACED] + [OrderEvent.CONFIRMED] * is_confirmed, aggregate=order)
    return CreatedOrder(order=order, lines=lines, adjustments=adjustments, history=history)


def lock_order(order_id: UUID) -> Order:
    """Lock an order and read it. Needs a transaction; raises NotFound."""
    rows = lock_rows(Order.objects.filter(pk=order_id))
    if not rows:
        raise NotFound
    return rows[0]


def transition_order(*, order: Order, to: OrderStatus, actor: User | None, note: str = "") -> None:
    """Move a locked order along TRANSITIONS and leave a history row.

    Raises InvalidTransition for a step that the table does not have.
    """
    require_transaction()
    if to not in TRANSITIONS[order.status]:
        raise InvalidTransition(details={"from": order.status, "to": str(to)})
    before, order.status = order.status, to
    order.save(update_fields=["status", "updated_at"])
    _record(order, OrderTransition.Kind.STATUS, before, to, actor=actor, note=note)
    if event := OF_STATUS.get(to):
        emit(event_type=event, aggregate=order)


def change_order(
    *,
    order: Order,
    totals: Totals,
    added: Sequence[LineDraft],
    shipping_address: PostalAddress | None,
    actor: User | None,
    note: str = "",
    recorded_as: OrderEdit = OrderEdit.LINES,
) -> None:
    """Make a locked order what its totals say, and leave a history row for what was changed of it.

    The totals' lines have the keys of the drafts that are added and the ids of the lines that stay; other lines go,
    and a line whose figures are the same is not written. Its adjustments become those of the totals. The address stays
    if None is given. `recorded_as` is what the history says of changed figures. Payments and stock are the caller's.
    """
    require_transaction()
    priced = {line.key: line for line in totals.lines}
    lines = list(order.lines.all())
    gone = [line.pk for line in lines if str(line.pk) not in priced]
    changed = [line for line in lines if str(line.pk) in priced and _reprice(line, priced[str(line.pk)])]
    OrderLine.objects.filter(pk__in=gone).delete()
    OrderLine.objects.bulk_update(changed, [*_PRICED, "updated_at"])
    first = max(line.position for line in lines) + 1
    OrderLine.objects.bulk_create(
        _line_from(order, line, priced[line.key], position) for position, line in enumerate(added, start=first)
    )
    _replace_adjustments(order, totals, added)
    for name, value in _totals_of(totals).items():
        setattr(order, name, value)
    if gone or changed or added or recorded_as == OrderEdit.DISCOUNT:
        _record(order, OrderTransition.Kind.EDIT, "", recorded_as, actor=actor, note=note)
    if shipping_address is not None:
        order.shipping_address = shipping_address.as_dict()
        _record(order, OrderTransition.Kind.EDIT, "", OrderEdit.ADDRESS, actor=actor, note=note)
    order.save(update_fields=[*_totals_of(totals), "shipping_address", "updated_at"])
    emit(event_type=OrderEvent.CHANGED, aggregate=order)


@transaction.atomic
def confirm_order(*, order_id: UUID, actor: User | None, note: str = "") -> Order:
    """Accept a pending order, as staff may do without waiting for the money."""
    order = lock_order(order_id)
    transition_order(order=order, to=OrderStatus.CONFIRMED, actor=actor, note=note)
    return order


def record_payment_totals(
    *, order: Order, authorized: int, promised: int, paid: int, refunded: int, actor: User | None
) -> None:
    """Take over what the payments sum up to (minor units) and derive the payment status; the order is locked.

    A pending order is confirmed once what is paid, authorised or `promised` (by providers that confirm orders) reaches
    its total; the full amount completes one that is delivered.
    """
    require_transaction()
    given_back = refunded - order.refunded_minor
    order.paid_minor, order.refunded_minor = paid, refunded
    status = payment_status(total=order.total_minor, paid=paid, refunded=refunded, authorized=authorized)
    before, order.payment_status = order.payment_status, status
    order.save(update_fields=["paid_minor", "refunded_minor", "payment_status", "updated_at"])
    if before != order.payment_status:
        _record(order, OrderTransition.Kind.PAYMENT, before, order.payment_status, actor=actor, note="")
    if order.status == OrderStatus.PENDING and paid - refunded + authorized + promised >= order.total_minor:
        transition_order(order=order, to=OrderStatus.CONFIRMED, actor=actor)
    if given_back:
        emit(event_type=OrderEvent.REFUNDED, aggregate=order)
    _complete_if_done(order, actor)


def record_fulfilment(*, order: Order, status: FulfilmentStatus, actor: User | None) -> None:
    """Take over what the shipments sum up to; the order is locked. Everything delivered and paid completes it."""
    require_transaction()
    if status == order.fulfilment_status:
        return
    before, order.fulfilment_status = order.fulfilment_status, status
    order.save(update_fields=["fulfilment_status", "updated_at"])
    _record(order, OrderTransition.Kind.FULFILMENT, before, status, actor=actor, note="")
    _complete_if_done(order, actor)


def _complete_if_done(order: Order, actor: User | None) -> None:
    delivered = order.fulfilment_status == FulfilmentStatus.DELIVERED
    if order.status == OrderStatus.PROCESSING and delivered and order.paid_minor >= order.total_minor:
        transition_order(order=order, to=OrderStatus.COMPLETED, actor=actor)


def _line_from(order: Order, line: LineDraft, priced: LineTotals, position: int) -> OrderLine:
    return OrderLine(
        id=line.id,
        order=order,
        position=position,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        variant_name=line.variant_name,
        **_figures_of(priced),
    )


def _reprice(line: OrderLine, priced: LineTotals) -> bool:
    """Take over a line's new figures; False where they are what was agreed, which keeps its own explanation."""
    figures = _figures_of(priced)
    if all(getattr(line, name) == value for name, value in figures.items() if name != "price_steps"):
        return False
    for name, value in figures.items():
        setattr(line, name, value)
    line.updated_at = timezone.now()
    return True


def _write_adjustments(
    order: Order, adjustments: Iterable[Adjustment], line_ids: Mapping[str, UUID]
) -> list[OrderAdjustment]:
    return add_all(
        OrderAdjustment(
            order=order,
            line_id=None if one.line is None else line_ids[one.line],
            kind=one.kind,
            source=one.source,
            code=one.code,
            units=one.units,
            amount_minor=one.amount.minor,
            reason=one.reason,
        )
        for one in adjustments
    )


def _replace_adjustments(order: Order, totals: Totals, added: Sequence[LineDraft]) -> None:
    """Write what is new, change what follows its units, and delete what is taken back; lines took theirs along."""
    stored = {row.pk: row for row in order.adjustments.all()}
    stay = {one.id: one for one in totals.adjustments if one.id in stored}
    OrderAdjustment.objects.filter(pk__in=stored.keys() - stay.keys()).delete()
    for pk, one in stay.items():
        row = stored[pk]
        if (row.units, row.amount_minor) != (one.units, one.amount.minor):
            row.units, row.amount_minor = one.units, one.amount.minor
            row.save(update_fields=["units", "amount_minor", "updated_at"])
    if new := [one for one in totals.adjustments if one.id is None]:
        kept = {str(pk): pk for pk in order.lines.values_list("pk", flat=True)}
        _write_adjustments(order, new, kept | {line.key: line.id for line in added})


def _figures_of(priced: LineTotals) -> dict[str, Any]:
    return {
        "unit_price_minor": priced.unit_price.minor,
        "quantity": priced.quantity,
        "discount_minor": priced.discount.minor,
        "tax_rate": priced.tax_rate,
        "tax_minor": priced.tax.minor,
        "total_minor": priced.total.minor,
        "price_steps": [step.as_dict() for step in priced.steps],
    }


def _totals_of(totals: Totals) -> dict[str, Any]:
    return {
        "subtotal_minor": totals.subtotal.minor,
        "discount_minor": totals.discount.minor,
        "shipping_minor": totals.shipping.minor,
        "shipping_tax_rate": totals.shipping_tax_rate,
        "shipping_tax_minor": totals.shipping_tax.minor,
        "tax_minor": totals.tax.minor,
        "total_minor": totals.total.minor,
        "prices_include_tax": totals.prices_include_tax,
        "tax_zone": totals.rules.zone,
        "price_steps": [step.as_dict() for step in totals.steps],
    }


def _order_from(draft: OrderDraft, now: datetime) -> Order:
    return Order(
        customer=draft.customer,
        cart=draft.cart,
        email=draft.email,
        language=draft.language,
        currency=draft.totals.currency,
        shipping_address=draft.shipping_address.as_dict(),
        billing_address=draft.billing_address.as_dict(),
        tax_id=draft.tax_id,
        shipping_method=draft.shipping_method,
        shipping_method_name=draft.shipping_method_name,
        payment_provider=draft.payment_provider,
        placed_at=now,
        expires_at=draft.expires_at,
        **_totals_of(draft.totals),
    )


def _insert(order: Order, is_confirmed: bool) -> Order:
    order.status = OrderStatus.CONFIRMED if is_confirmed else OrderStatus.PENDING
    try:
        add(order)
    except IntegrityError as error:
        if "orders_order_number" in str(error):
            raise NumberTaken from error
        raise
    return order


def _record(order: Order, kind: Any, before: str, after: str, *, actor: User | None, note: str) -> None:
    _step(order, kind, before, after, actor=actor, note=note).save(force_insert=True)


def _step(order: Order, kind: Any, before: str, after: str, *, actor: User | None, note: str) -> OrderTransition:
    return OrderTransition(
        order=order, kind=kind, from_state=before, to_state=after, actor=actor, door=current_door(), note=note[:250]
    )
