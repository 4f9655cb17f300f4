from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from config.checks import check_database_version, check_settings


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = _("Wiring")

    def ready(self) -> None:
        register(check_settings)
        register(check_database_version, Tags.database)
