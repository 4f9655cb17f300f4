from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, MenuEntry, PersonalRows, RowLock, SoukAppConfig

_CHANGED_BY_CLICKS = "a shopper's own, changed with every click and read by nobody as a history"


class CartsConfig(SoukAppConfig):
    name = "carts"
    verbose_name = _("Carts")
    api_tags = {
        "cart": "The caller's cart.",
    }
    pages = ("cart/", "carts.urls")
    api_routes = "carts.routes.ROUTES"
    error_codes = "carts.error_codes"
    state_colours = ("carts.models.COLOURS",)
    integrity_checks = ("carts.integrity.CARTS",)
    personal_data = PersonalRows("carts.personal_data.CartsOfPerson", locks=RowLock.CART)
    unaudited = {"cart": _CHANGED_BY_CLICKS, "cartline": _CHANGED_BY_CLICKS}
    roles = {"orders": {"*": VIEW}, "support": {"*": VIEW}, "admin": {"*": ALL}}
    menu = (MenuEntry("customers", _("Carts"), "shopping_cart", "carts.cart"),)
