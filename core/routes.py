"""The addresses of the API that are the core's own."""

from core.api.routes import route
from core.shop_settings.viewsets import ShopSettingsViewSet, ShopViewSet

ROUTES = (
    route("shop", ShopViewSet, "shop", get="retrieve"),
    route("shop-settings", ShopSettingsViewSet, "shop_settings", get="retrieve", patch="partial_update"),
)
