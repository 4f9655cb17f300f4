"""The addresses of the API of orders."""

from core.api.routes import route
from orders.viewsets import OrderViewSet, TrackViewSet

ROUTES = (
    route("orders/track", TrackViewSet, "track", get="find"),
    route("orders/track/link", TrackViewSet, "track_link", post="send_link"),
    route("orders/<uuid:pk>/tracking", OrderViewSet, "order_tracking", get="tracking"),
    route("orders/<uuid:pk>/cancel", OrderViewSet, "order_cancel", post="cancel"),
    route("orders/<uuid:pk>/status", OrderViewSet, "order_status", put="set_status"),
)
