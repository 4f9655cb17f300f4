from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, WORK, Audited, MenuEntry, MenuSection, PersonalRows, RowLock, SoukAppConfig
from orders.actions import OrderAction


class OrdersConfig(SoukAppConfig):
    name = "orders"
    verbose_name = _("Orders")
    api_tags = {
        "orders": "Orders, and what customers and staff do with them.",
    }
    pages = ("orders/", "orders.urls")
    api_routes = "orders.routes.ROUTES"
    actions = OrderAction
    error_codes = "orders.error_codes"
    state_colours = ("orders.states.COLOURS",)
    integrity_checks = ("orders.integrity.ORDERS",)
    personal_data = PersonalRows("orders.personal_data.OrdersOfPerson", locks=RowLock.ORDER)
    data_imports = ("etl.loaders.order.ORDER_LOADER",)
    audited = {
        "order": Audited(),
        "orderline": Audited("orders.order", "order_id"),
        "orderadjustment": Audited("orders.order", "order_id"),
    }
    unaudited = {"ordertransition": "only added to, so that it is its own record"}
    roles = {
        # They place orders for customers who call or write, and give discounts; support asks them for one.
        "orders": {
            "*": WORK,
            "order": ("view", "add", "change"),
            "orderadjustment": ("view", "add", "change"),
        },
        "finance": {"*": VIEW},
        "support": {"*": WORK},
        "admin": {"*": ALL},
    }
    menu_sections = (MenuSection("orders", _("Orders"), position=10),)
    menu = (MenuEntry("orders", _("Orders"), "receipt_long", "orders.order"),)
