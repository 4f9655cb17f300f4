from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    error_codes = "catalog.error_codes"
    verbose_name = _("Catalogue")
    sold_currencies = "catalog.selectors.currencies_on_sale"
