"""Writes to shipments; the order is locked by the caller, stock is locked last."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidInput, InvalidTransition, NotFound
from core.outbox.services import emit
from inventory import services as inventory
from inventory.allocation import Demand
from inventory.models import Reservation
from orders.derived import fulfilment_status
from orders.events import OrderEvent
from orders.models import Order
from orders.services import record_fulfilment, transition_order
from orders.states import SHIPPABLE, OrderStatus
from shipping.models import Shipment, ShipmentLine, ShippingMethod
from shipping.selectors import unshipped_quantities
from shipping.states import ARRIVED, CAME_BACK, TRANSITIONS, ShipmentState


def send_shipment(
    *,
    order: Order,
    carrier: str,
    tracking_number: str,
    quantities: Mapping[UUID, int] | None,
    actor: User | None,
    now: datetime,
) -> Shipment:
    """Pack and hand over a parcel: all that is left, or the given units by order line. Stock falls here.

    Call it in a transaction with the order locked. Raises InvalidTransition if the order is not confirmed,
    InvalidInput for units that the order does not have left.
    """
    require_transaction()
    if order.status not in SHIPPABLE:
        raise InvalidTransition(_("Only a confirmed order can be shipped."), details={"status": order.status})
    packed = _units_to_pack(order, quantities)
    method = ShippingMethod.objects.filter(code=order.shipping_method).first()
    shipment = Shipment.objects.create(
        order=order,
        method=method,
        carrier=carrier or (method.carrier if method else ""),
        tracking_number=tracking_number,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line_id=line_id, quantity=units) for line_id, units in packed.items()
    )
    if order.status == OrderStatus.CONFIRMED:
        transition_order(order=order, to=OrderStatus.PROCESSING, actor=actor)
    inventory.ship(quantities=_units_in_stock(order, packed), reference=shipment.pk, actor=actor)
    shipment.shipped_at = now
    _move(shipment, ShipmentState.SHIPPED)
    emit(event_type=OrderEvent.SHIPPED, aggregate=order, shipment=shipment.pk)
    recompute_fulfilment(order=order, actor=actor)
    return shipment


def deliver_shipment(*, order: Order, shipment_id: UUID, actor: User | None, now: datetime) -> Shipment:
    """Record that a parcel of a locked order was handed over. Recording it again changes nothing."""
    require_transaction()
    rows = lock_rows(Shipment.objects.filter(pk=shipment_id, order=order))
    if not rows:
        raise NotFound
    [shipment] = rows
    if shipment.status == ShipmentState.DELIVERED:
        return shipment
    shipment.delivered_at = now
    _move(shipment, ShipmentState.DELIVERED)
    emit(event_type=OrderEvent.DELIVERED, aggregate=order, shipment=shipment.pk)
    recompute_fulfilment(order=order, actor=actor)
    return shipment


def recompute_fulfilment(*, order: Order, actor: User | None) -> None:
    """Derive a locked order's fulfilment status from its parcels, of which it has some."""
    states = list(order.shipments.values_list("status", flat=True))
    status = fulfilment_status(
        shipments=len(states),
        units_left=sum(unshipped_quantities(order).values()),
        on_the_way=sum(state not in ARRIVED | CAME_BACK for state in states),
    )
    record_fulfilment(order=order, status=status, actor=actor)


def _units_to_pack(order: Order, quantities: Mapping[UUID, int] | None) -> dict[UUID, int]:
    left = unshipped_quantities(order)
    chosen = left if quantities is None else {line: units for line, units in quantities.items() if units}
    for line_id, units in chosen.items():
        if not 0 < units <= left.get(line_id, 0):
            raise InvalidInput(
                code="not_left_to_ship",
                field="lines",
                details={"line": str(line_id), "left": left.get(line_id, 0)},
            )
    if not chosen:
        raise InvalidInput(_("Nothing is left to ship."), code="nothing_to_ship", field="lines")
    return dict(chosen)


def _units_in_stock(order: Order, packed: Mapping[UUID, int]) -> Mapping[UUID, int]:
    """What of a parcel is taken from stock: for an order of this shop all of it, which was reserved when it was placed.

    An order that moved in open has nothing reserved: its units are promised now, as they leave. Lines whose variant
    did not move in have no stock here.
    """
    if order.source is None:
        return packed
    stocked = dict(order.lines.filter(pk__in=packed, variant__isnull=False).values_list("pk", "variant_id"))
    held = set(Reservation.objects.filter(holder__in=stocked).values_list("holder", flat=True))
    missing = [Demand(line, variant, packed[line]) for line, variant in stocked.items() if line not in held]
    if missing:
        inventory.reserve(demands=missing)
    return {line: packed[line] for line in stocked}


def _move(shipment: Shipment, to: ShipmentState) -> None:
    if to not in TRANSITIONS[shipment.status]:
        raise InvalidTransition(details={"from": shipment.status, "to": str(to)})
    shipment.status = to
    shipment.save()
