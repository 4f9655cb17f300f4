from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        from audit import background, recording  # noqa: PLC0415 - they need the apps loaded

        background.listen()
        recording.listen()
