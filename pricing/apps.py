from django.utils.translation import gettext_lazy as _

from core.registry import ALL, Audited, MenuEntry, SoukAppConfig


class PricingConfig(SoukAppConfig):
    name = "pricing"
    verbose_name = _("Pricing")
    audited = {"taxzone": Audited(), "taxrate": Audited("pricing.taxzone", "zone_id")}
    roles = {"finance": {"*": ALL}, "admin": {"*": ALL}}
    menu = (MenuEntry("settings", _("Tax zones"), "percent", "pricing.taxzone", position=20),)
