"""The addresses of the API of shipments and shipping methods."""

from core.api.routes import route
from shipping.viewsets.methods import ShippingMethodViewSet
from shipping.viewsets.shipments import OrderShipmentViewSet, ShipmentViewSet

ROUTES = (
    route("shipping-methods", ShippingMethodViewSet, "shipping_methods", get="list"),
    route("shipping-methods/<uuid:pk>", ShippingMethodViewSet, "shipping_method", get="retrieve"),
    route("orders/<uuid:pk>/shipments", OrderShipmentViewSet, "order_shipments", post="create"),
    route("shipments/<uuid:pk>/deliver", ShipmentViewSet, "shipment_deliver", post="deliver"),
)
