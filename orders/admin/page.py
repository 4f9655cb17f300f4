"""What the page of one order shows, gathered in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import badge
from core.staff import holds
from inventory.models import Reservation
from orders.admin.timeline import timeline
from orders.models import Order, OrderLine
from orders.selectors import manual_discounts, with_pictures
from payments.actions import PaymentAction
from payments.admin.steps import PAYMENT_STEPS, payment_steps, provider_label
from payments.models import Payment
from payments.providers import online_codes
from payments.selectors import settles_online
from shipping.admin.steps import SHIPMENT_STEPS, shipment_steps
from shipping.models import Shipment
from shipping.states import ShipmentState


@dataclass(frozen=True, slots=True)
class Button:
    """A link to the page of a step."""

    label: Any
    address: str
    icon: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class LineRow:
    """An order line with where its units are."""

    line: OrderLine
    picture: str
    shipped: int
    reserved: list[tuple[str, int]]
    backordered: int


def order_page(request: HttpRequest, order_id: UUID) -> dict[str, Any]:
    """The context of an order's page. At most sixteen queries, whatever the order."""
    orders = with_pictures(Order.objects.filter(pk=order_id))
    operations = ["payments__operations__actor"] if online_codes() else []
    order = orders.prefetch_related("payments__transactions__actor", "shipments__method", *operations).get()
    return {
        "order": order,
        "badges": [
            (_("Order"), badge(order.status, order.get_status_display())),
            (_("Payment"), badge(order.payment_status, order.get_payment_status_display())),
            (_("Fulfilment"), badge(order.fulfilment_status, order.get_fulfilment_status_display())),
        ],
        "provider": provider_label(order.payment_provider),
        "rows": _line_rows(order),
        "discounts": manual_discounts(order),
        "payments": [_payment(request, payment) for payment in order.payments.all()],
        "shipments": [_shipment(request, order, shipment) for shipment in order.shipments.all()],
        "history": timeline(order),
    }


def _line_rows(order: Order) -> list[LineRow]:
    shipped: dict[UUID, int] = defaultdict(int)
    for shipment in order.shipments.all():
        came_back = shipment.status in {ShipmentState.FAILED, ShipmentState.RETURNED}
        for packed in () if came_back else shipment.lines.all():
            shipped[packed.order_line_id] += packed.quantity
    reserved: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    waiting: dict[UUID, int] = defaultdict(int)
    held = Reservation.objects.filter(holder__in=[line.pk for line in order.lines.all()])
    for reservation in held.select_related("stock_item__location").order_by("id"):
        waiting[reservation.holder] += reservation.backordered
        if reservation.reserved:
            reserved[reservation.holder].append((reservation.stock_item.location.name, reservation.reserved))
    return [
        LineRow(line, _picture(line), shipped[line.pk], reserved[line.pk], waiting[line.pk])
        for line in order.lines.all()
    ]


def _picture(line: OrderLine) -> str:
    return line.picture.thumbnail_url if line.picture else ""


def _payment(request: HttpRequest, payment: Payment) -> dict[str, Any]:
    possible = payment_steps(payment)
    return {
        "payment": payment,
        "provider": provider_label(payment.provider),
        "badge": badge(payment.status, payment.get_status_display()),
        "transactions": payment.transactions.all(),
        "operations": _operations(request, payment) if settles_online(payment) else [],
        "buttons": [
            Button(
                label,
                reverse(f"admin:payments_payment_{step}", args=[payment.pk]),
                icon,
                step in {"capture", "collect"},
            )
            for step, (label, icon, action) in PAYMENT_STEPS.items()
            if holds(request.user, action) and step in possible
        ],
    }


def _operations(request: HttpRequest, payment: Payment) -> list[dict[str, Any]]:
    """What the provider was asked to do, with a link for who may see it."""
    may_see = holds(request.user, PaymentAction.VIEW_OPERATION)
    return [
        {
            "operation": one,
            "badge": badge(one.state, one.get_state_display()),
            "address": reverse("admin:payments_paymentoperation_change", args=[one.pk]) if may_see else "",
        }
        for one in payment.operations.all()
    ]


def _shipment(request: HttpRequest, order: Order, shipment: Shipment) -> dict[str, Any]:
    lines = {line.pk: line for line in order.lines.all()}
    return {
        "shipment": shipment,
        "badge": badge(shipment.status, shipment.get_status_display()),
        "lines": [(lines[packed.order_line_id], packed.quantity) for packed in shipment.lines.all()],
        "buttons": [
            Button(label, reverse(f"admin:shipping_shipment_{step}", args=[shipment.pk]), icon, primary=True)
            for step, (label, icon, action) in SHIPMENT_STEPS.items()
            if holds(request.user, action) and step in shipment_steps(shipment)
        ],
    }
