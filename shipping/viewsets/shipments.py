"""The API's doors to parcels, for staff."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.services.fulfil_order import deliver_shipment, ship_order
from core.api.viewsets import ApiViewSet
from orders.versions import lock_order_version
from shipping.actions import ShippingAction
from shipping.models import Shipment
from shipping.serializers import ShipmentInput, ShipmentOutput


class OrderShipmentViewSet(ApiViewSet):
    """The parcels of one order."""

    guarded = frozenset({"create"})
    staff_actions = {"create": ShippingAction.SHIP_ORDER}
    queryset = Shipment.objects.none()

    def locked_version(self, *, pk: UUID) -> str:
        """The order's."""
        return lock_order_version(pk)

    @extend_schema(summary="Ship an order", request=ShipmentInput, responses={201: ShipmentOutput})
    def create(self, request: Request, pk: UUID) -> Response:
        """Ship all units that are left, or those of the given lines. Takes them out of stock."""
        parcel = self.read(ShipmentInput)
        lines = parcel.pop("lines", None)
        quantities = None if lines is None else {line["order_line_id"]: line["quantity"] for line in lines}
        shipment = ship_order(order_id=pk, actor=request.user, quantities=quantities, **parcel)
        return self.answer(ShipmentOutput, shipment, status=201)


class ShipmentViewSet(ApiViewSet):
    """One parcel."""

    bodiless = frozenset({"deliver"})
    staff_actions = {"deliver": ShippingAction.DELIVER_SHIPMENT}
    queryset = Shipment.objects.none()

    @extend_schema(summary="Record a delivery", request=None, responses=ShipmentOutput)
    def deliver(self, request: Request, pk: UUID) -> Response:
        """With the last parcel, cash on delivery counts as collected and the order completes."""
        return self.answer(ShipmentOutput, deliver_shipment(shipment_id=pk, actor=request.user))
