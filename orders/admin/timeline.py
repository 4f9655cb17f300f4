"""An order's life as one list: its states, money, parcels, mails, and whatever else was changed of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _now

from audit.models import Change
from audit.selectors import changes_of
from audit.wording import Cell, tell
from core.admin.display import Badge, badge
from core.admin.history import change_badge
from core.context import Door
from core.money import Money
from notifications.selectors import messages_of
from orders.models import Order, OrderTransition
from orders.states import FulfilmentStatus, OrderEdit, OrderStatus, PaymentStatus
from payments.models import PaymentTransaction
from shipping.models import Shipment

_LABELS = {
    OrderTransition.Kind.STATUS: OrderStatus,
    OrderTransition.Kind.PAYMENT: PaymentStatus,
    OrderTransition.Kind.FULFILMENT: FulfilmentStatus,
    OrderTransition.Kind.EDIT: OrderEdit,
}
# The history page shows the others.
_MOST_CHANGES = 100
# Longer than placing an order takes, shorter than until somebody edits it.
_PLACING = timedelta(minutes=1)
# What transitions and transactions tell already, with more words.
_TOLD = {
    "orders.order": {
        "status",
        "payment_status",
        "fulfilment_status",
        "paid_minor",
        "refunded_minor",
        "expires_at",
        "price_steps",
        "became_cart_id",
        "taken_back_by_owner",
    },
    # The page shows how a price comes about beside it.
    "orders.orderline": {"price_steps", "position"},
    # Told with its reason as a change of the order.
    "orders.orderadjustment": {"kind", "source", "code", "units", "amount_minor", "reason", "line_id", "order_id"},
    "payments.payment": {"status", "captured_at"},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. `who` is empty for what nobody is recorded of."""

    at: datetime
    title: str
    badge: Badge | None = None
    name: str = ""
    before: str = ""
    amount: Money | None = None
    who: str = ""
    door: str = ""
    note: str = ""
    operation: str = ""
    cells: list[Cell] = field(default_factory=list)


def timeline(order: Order) -> list[Entry]:
    """Newest first. Three queries at most, given an order `with_details` and its transactions' actors."""
    entries = [*_states(order), *_money(order), *_mails(order), *_changes(order)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _states(order: Order) -> Iterator[Entry]:
    for step in order.transitions.all():
        labels = _LABELS[OrderTransition.Kind(step.kind)]
        yield Entry(
            at=step.created_at,
            title=str(step.get_kind_display()),
            badge=badge(step.to_state, step.to_label),
            before=str(labels(step.from_state).label) if step.from_state else "",
            note=step.note,
            **_who(step),
        )


def _money(order: Order) -> Iterator[Entry]:
    for payment in order.payments.all():
        for moved in payment.transactions.all():
            yield Entry(
                at=moved.created_at,
                title=str(moved.get_kind_display()),
                amount=Money(moved.amount_minor, payment.currency),
                note=moved.note,
                **_who(moved),
            )


def _mails(order: Order) -> Iterator[Entry]:
    for mail in messages_of(order):
        yield Entry(
            at=mail.sent_at or mail.created_at,
            title=str(mail.get_channel_display()),
            badge=badge(mail.status, mail.get_status_display()),
            name=f"{mail.get_template_display()} → {mail.to}",
            note=mail.error,
            who=_now("The shop"),
            door=str(Door.TASK.label),
        )


def _changes(order: Order) -> Iterator[Entry]:
    """What the audit knows beyond the others: parcels, payments asked for, and columns that were changed."""
    changes = list(changes_of(model="orders.order", object_id=order.pk)[:_MOST_CHANGES])
    begun = next((c for c in changes if c.model == "orders.order" and c.operation == Change.Operation.INSERT), None)
    later = [change for change in changes if not _is_placing(change, begun)]
    for told in tell(later, about="orders.order", known=_at_hand(order), without=_TOLD):
        if told.cells:
            yield Entry(
                at=told.change.created_at,
                title=told.kind,
                badge=change_badge(told.change),
                name=told.name,
                who=told.who,
                door=told.door,
                operation=told.change.operation,
                cells=told.cells,
            )
    recorded = {change.object_id for change in changes if change.model == "shipping.shipment"}
    for parcel in order.shipments.all():
        if str(parcel.pk) not in recorded:
            yield _parcel(parcel)


def _is_placing(change: Change, begun: Change | None) -> bool:
    """Whether a row came with the order itself, in its request; the first state tells of that."""
    if begun is None or change.operation != Change.Operation.INSERT:
        return False
    if change.model == "orders.orderline":
        return change.reference == begun.reference and change.created_at - begun.created_at < _PLACING
    return change.model == "orders.order"


def _parcel(parcel: Shipment) -> Entry:
    """A parcel that is older than what the audit keeps."""
    return Entry(
        at=parcel.shipped_at or parcel.created_at,
        title=str(capfirst(parcel._meta.verbose_name)),
        badge=badge(parcel.status, parcel.get_status_display()),
        name=str(parcel),
    )


def _at_hand(order: Order) -> Iterator[Model]:
    """The rows that the page has read anyway."""
    yield order
    yield from order.lines.all()
    yield from (line.variant for line in order.lines.all() if line.variant)
    yield from order.payments.all()
    yield from order.shipments.all()
    yield from (parcel.method for parcel in order.shipments.all() if parcel.method)
    moved = [transaction for payment in order.payments.all() for transaction in payment.transactions.all()]
    yield from (step.actor for step in [*order.transitions.all(), *moved] if step.actor)
    if order.customer:
        yield order.customer


def _who(step: OrderTransition | PaymentTransaction) -> dict[str, Any]:
    return {
        "who": str(step.actor) if step.actor else _now("The shop"),
        "door": str(step.get_door_display()),
    }
