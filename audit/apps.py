from core.registry import SoukAppConfig


class AuditConfig(SoukAppConfig):
    name = "audit"
    verbose_name = "Audit"
    integrity_checks = ("audit.integrity.AUDIT",)
    unaudited = {"change": "only added to, so that it is its own record"}

    def ready(self) -> None:
        from audit import background, recording  # noqa: PLC0415 - they need the apps loaded

        background.listen()
        recording.listen()
