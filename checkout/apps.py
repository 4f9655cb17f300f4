from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CheckoutConfig(AppConfig):
    name = "checkout"
    error_codes = "checkout.error_codes"
    verbose_name = _("Checkout")
