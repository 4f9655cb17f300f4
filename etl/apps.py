from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from etl.checks import check_demo_logins


class EtlConfig(AppConfig):
    name = "etl"
    verbose_name = _("Moving in and out")

    def ready(self) -> None:
        register(check_demo_logins, Tags.security)
