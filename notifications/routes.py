"""The addresses of the API of notices."""

from core.api.routes import route
from notifications.texts.viewsets import MessageTextViewSet
from notifications.viewsets import StockNoticeViewSet

ROUTES = (
    route("stock-notices", StockNoticeViewSet, "stock_notices", get="list", post="create"),
    route("stock-notices/<uuid:variant_id>", StockNoticeViewSet, "stock_notice", delete="destroy"),
    route("message-texts", MessageTextViewSet, "message_texts", get="list"),
    route(
        "message-texts/<slug:code>/<slug:language>",
        MessageTextViewSet,
        "message_text",
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
)
