from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    error_codes = "orders.error_codes"
    verbose_name = _("Orders")
