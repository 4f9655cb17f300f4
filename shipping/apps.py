from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShippingConfig(AppConfig):
    name = "shipping"
    error_codes = "shipping.error_codes"
    verbose_name = _("Shipping")
