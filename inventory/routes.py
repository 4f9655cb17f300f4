"""The addresses of the API of stock."""

from core.api.routes import route
from inventory.viewsets.locations import LocationViewSet
from inventory.viewsets.stock import StockItemViewSet

ROUTES = (
    route("locations", LocationViewSet, "locations", get="list"),
    route("locations/<uuid:pk>", LocationViewSet, "location", get="retrieve"),
    route("stock-items", StockItemViewSet, "stock_items", get="list", post="receive"),
    route("stock-items/backorder-limit", StockItemViewSet, "stock_backorder_limit", put="limit_variant_backorders"),
    route("stock-items/<uuid:pk>", StockItemViewSet, "stock_item", get="retrieve"),
    route("stock-items/<uuid:pk>/adjust", StockItemViewSet, "stock_item_adjust", post="adjust"),
    route(
        "stock-items/<uuid:pk>/backorder-limit", StockItemViewSet, "stock_item_backorder_limit", put="limit_backorders"
    ),
    route("stock-items/<uuid:pk>/moves", StockItemViewSet, "stock_item_moves", get="moves"),
)
