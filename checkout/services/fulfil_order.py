"""Shipments of an order and their delivery, and the status that staff bring an order to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from checkout.services.cancel_order import cancel_order
from core import clock
from core.errors import InvalidTransition, NotFound
from orders.models import Order
from orders.services import lock_order, transition_order
from orders.states import FulfilmentStatus, OrderStatus
from payments import services as payments
from payments.providers import find_provider
from payments.selectors import is_being_captured, settles_online
from payments.states import OPEN_PAYMENTS, PaymentState
from shipping import services as shipping
from shipping.models import Shipment
from shipping.states import ShipmentState


@transaction.atomic
def ship_order(
    *,
    order_id: UUID,
    actor: User | None,
    tracking_number: str = "",
    carrier: str = "",
    quantities: Mapping[UUID, int] | None = None,
    now: datetime | None = None,
) -> Shipment:
    """Send a parcel with all that is left of an order, or with the given units by order line."""
    return shipping.send_shipment(
        order=lock_order(order_id),
        carrier=carrier,
        tracking_number=tracking_number,
        quantities=quantities,
        actor=actor,
        now=now or clock.now(),
    )


@transaction.atomic
def deliver_shipment(*, shipment_id: UUID, actor: User | None, now: datetime | None = None) -> Shipment:
    """Record a hand-over; with the last parcel, cash on delivery counts as collected and the order completes."""
    now = now or clock.now()
    order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = lock_order(order_id)
    shipment = shipping.deliver_shipment(order=order, shipment_id=shipment_id, actor=actor, now=now)
    if order.fulfilment_status == FulfilmentStatus.DELIVERED:
        _collect_at_delivery(order, actor, now)
    return shipment


@transaction.atomic
def set_order_status(
    *, order_id: UUID, status: OrderStatus, actor: User | None, note: str = "", now: datetime | None = None
) -> Order:
    """Bring an order to a status by doing what that status stands for; an order that is there already stays.

    Cancelling releases stock and open payments, completing records that all parcels arrived. Raises
    InvalidTransition or NotCancellable.
    """
    order = lock_order(order_id)
    if order.status == status:
        return order
    if status == OrderStatus.CANCELLED:
        return cancel_order(order_id=order_id, actor=actor, note=note)
    if status == OrderStatus.COMPLETED:
        return _complete(order, actor=actor, now=now or clock.now())
    transition_order(order=order, to=status, actor=actor, note=note)
    return order


def _complete(order: Order, *, actor: User | None, now: datetime) -> Order:
    """Deliver what is on the road. Everything delivered and paid completes an order; short of that, all is undone."""
    for shipment in order.shipments.filter(status__in=[ShipmentState.SHIPPED, ShipmentState.IN_TRANSIT]).order_by("id"):
        deliver_shipment(shipment_id=shipment.pk, actor=actor, now=now)
    order = lock_order(order.pk)
    if order.status == OrderStatus.COMPLETED:
        return order
    delivered = order.fulfilment_status == FulfilmentStatus.DELIVERED
    if delivered and is_being_captured(order):
        # It completes as soon as the provider has captured the money.
        return order
    raise InvalidTransition(
        _("The order is not paid in full.") if delivered else _("Something of the order has not been shipped yet."),
        details={"payment_status": order.payment_status, "fulfilment_status": order.fulfilment_status},
    )


def _collect_at_delivery(order: Order, actor: User | None, now: datetime) -> None:
    for payment in order.payments.filter(status__in=sorted(OPEN_PAYMENTS)).order_by("id"):
        provider = find_provider(payment.provider)
        # A provider that collects online captures what it has authorised, and nothing else.
        is_collected = provider and provider.captured_at_delivery
        if is_collected and (not settles_online(payment) or payment.status == PaymentState.AUTHORIZED):
            payments.capture_payment(payment_id=payment.pk, actor=actor, is_awaited=False, now=now)
