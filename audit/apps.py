from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit import background, recording  # noqa: PLC0415 - they need the apps loaded

        background.listen()
        recording.listen()
