"""Cancellations by staff, by the customer and by the sweep of unpaid orders."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from checkout.errors import NotCancellable
from core import clock
from core.errors import DomainError, NotFound
from core.outbox.services import emit
from inventory import services as inventory
from orders.events import OrderEvent
from orders.models import Order
from orders.selectors import orders_of
from orders.services import lock_order, transition_order
from orders.states import OrderStatus
from payments import services as payments

logger = structlog.get_logger(__name__)


@transaction.atomic
def cancel_order(*, order_id: UUID, actor: User | None, note: str = "") -> Order:
    """Cancel an order that has not left the house: stock is released, open payments are voided.

    Money already captured is not given back here; `order.due` turns negative until a refund is recorded.
    Cancelling again changes nothing. Raises NotCancellable.
    """
    order = lock_order(order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    if not order.is_cancellable:
        raise NotCancellable(details={"status": order.status, "fulfilment_status": order.fulfilment_status})
    transition_order(order=order, to=OrderStatus.CANCELLED, actor=actor, note=note)
    payments.void_open_payments(order=order, actor=actor)
    inventory.release(holders=order.lines.values_list("pk", flat=True))
    return order


@transaction.atomic
def cancel_own_order(*, number: str, customer: User) -> Order:
    """Cancel a customer's own order while nothing is paid or sent; later it takes staff, who refund.

    Raises NotFound for anybody else's order, NotCancellable.
    """
    found = orders_of(customer).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return cancel_for_customer(order_id=found, actor=customer)


@transaction.atomic
def cancel_for_customer(*, order_id: UUID, actor: User | None) -> Order:
    """Cancel an order that its caller has shown to be theirs, as cancel_own_order does; a guest has no actor."""
    order = lock_order(order_id)
    if order.status != OrderStatus.CANCELLED and not order.is_cancellable_by_customer:
        raise NotCancellable(details={"status": order.status, "payment_status": order.payment_status})
    return cancel_order(order_id=order.pk, actor=actor)


def expire_unpaid_orders(*, now: datetime | None = None) -> int:
    """Cancel pending orders whose time to pay is over; returns how many. Safe to run at any time, also twice."""
    now = now or clock.now()
    due = Order.objects.filter(status=OrderStatus.PENDING, expires_at__lte=now)
    expired = 0
    for order_id in list(due.order_by("expires_at").values_list("pk", flat=True)):
        try:
            expired += _expire(order_id, now)
        except DomainError as error:
            # One order that cannot be cancelled must not keep the others' stock.
            logger.warning("order_not_expired", order_id=str(order_id), code=error.code)
    return expired


@transaction.atomic
def _expire(order_id: UUID, now: datetime) -> int:
    order = lock_order(order_id)
    # Read again under the lock: the money may have arrived meanwhile.
    if order.status != OrderStatus.PENDING or order.expires_at is None or order.expires_at > now:
        return 0
    emit(event_type=OrderEvent.EXPIRED, aggregate=order)
    cancel_order(order_id=order_id, actor=None, note=str(_("Not paid in time")))
    return 1
