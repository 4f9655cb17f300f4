from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "inventory"
    error_codes = "inventory.error_codes"
    verbose_name = _("Inventory")
