from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from config.checks import check_database_version, check_settings


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = _("Wiring")

    def ready(self) -> None:
        register(check_settings)
        register(check_database_version, Tags.database)
        post_migrate.connect(_sync_roles, dispatch_uid="config.sync_roles")


def _sync_roles(app_config: AppConfig, **_kwargs: object) -> None:
    """After the last app, when the permissions of all are there."""
    if app_config == [config for config in apps.get_app_configs() if config.models_module][-1]:
        from accounts.roles import sync_roles  # noqa: PLC0415 - models are loaded only now

        sync_roles()
