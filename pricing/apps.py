from django.utils.translation import gettext_lazy as _

from core.registry import ALL, Audited, MenuEntry, SoukAppConfig
from pricing.actions import PricingAction


class PricingConfig(SoukAppConfig):
    name = "pricing"
    verbose_name = _("Pricing")
    api_tags = {
        "tax-zones": "Areas that are taxed alike, and their rates, for staff.",
    }
    api_routes = "pricing.routes.ROUTES"
    actions = PricingAction
    error_codes = "pricing.error_codes"
    integrity_checks = ("pricing.integrity.PRICING",)
    audited = {
        "taxzone": Audited(),
        "taxzonearea": Audited("pricing.taxzone", "zone_id"),
        "taxrate": Audited("pricing.taxzone", "zone_id"),
    }
    roles = {"finance": {"*": ALL}, "admin": {"*": ALL}}
    menu = (MenuEntry("settings", _("Tax zones"), "percent", "pricing.taxzone", position=20),)
