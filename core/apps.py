from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    error_codes = "core.api.error_codes"
    verbose_name = "Core"

    def ready(self) -> None:
        # The bases in core.admin are imported before the admin's site is there, so what is registered comes after.
        from core import logs, typed_text  # noqa: PLC0415
        from core.admin import outbox  # noqa: F401, PLC0415
        from core.failures import listening  # noqa: PLC0415 - models are loaded only now

        typed_text.install()
        listening.listen()
        logs.listen()
