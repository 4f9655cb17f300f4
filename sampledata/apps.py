from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from core.registry import SoukAppConfig
from sampledata.checks import check_demo_logins


class SampleDataConfig(SoukAppConfig):
    name = "sampledata"
    verbose_name = _("Sample data")

    def ready(self) -> None:
        register(check_demo_logins, Tags.security)
