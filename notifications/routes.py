"""The addresses of the API of notices."""

from core.api.routes import route
from notifications.viewsets import StockNoticeViewSet

ROUTES = (
    route("stock-notices", StockNoticeViewSet, "stock_notices", get="list", post="create"),
    route("stock-notices/<uuid:variant_id>", StockNoticeViewSet, "stock_notice", delete="destroy"),
)
