from django.utils.translation import gettext_lazy as _

from core.registry import ALL, VIEW, WORK, Audited, MenuEntry, PersonalRows, RowLock, SoukAppConfig
from shipping.actions import ShippingAction


class ShippingConfig(SoukAppConfig):
    name = "shipping"
    verbose_name = _("Shipping")
    api_tags = {
        "shipments": "Shipments on their way.",
        "shipping-methods": "How orders can be sent.",
    }
    api_routes = "shipping.routes.ROUTES"
    actions = ShippingAction
    error_codes = "shipping.error_codes"
    state_colours = ("shipping.states.COLOURS",)
    integrity_checks = ("shipping.integrity.SHIPPING",)
    personal_data = PersonalRows("shipping.personal_data.ShipmentsOfPerson", locks=RowLock.SHIPMENT)
    data_imports = ("etl.loaders.shipping_method.SHIPPING_METHOD_LOADER",)
    audited = {
        "shippingmethod": Audited(),
        "shipment": Audited("orders.order", "order_id"),
        "shipmentline": Audited("shipping.shipment", "shipment_id"),
    }
    roles = {
        "orders": {"*": WORK},
        "finance": {"*": VIEW},
        "support": {"*": VIEW},
        "admin": {"*": ALL},
    }
    menu = (
        MenuEntry("orders", _("Shipments"), "local_shipping", "shipping.shipment"),
        MenuEntry("settings", _("Shipping methods"), "package_2", "shipping.shippingmethod", position=10),
    )
