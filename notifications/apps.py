from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    error_codes = "notifications.error_codes"
    verbose_name = _("Notifications")
