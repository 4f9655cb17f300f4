from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    error_codes = "payments.error_codes"
    verbose_name = _("Payments")
