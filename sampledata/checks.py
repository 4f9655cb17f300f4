"""System checks on what sample data left behind."""

from collections.abc import Sequence

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name for it
from django.db import Error

from sampledata.content import shop_text


def check_demo_logins(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """Return souk.W004 if production has accounts that still open with the demo's passwords.

    Asks the database in production only. Finds nothing where it cannot be reached: settings are checked without it too.
    """
    if settings.APP_ENV == "local":
        return []
    try:
        names = _open_demo_logins()
    except Error:
        return []
    if not names:
        return []
    return [
        Warning(
            f"Everybody knows the passwords of these accounts, from the demo shop: {', '.join(names)}.",
            hint="Give each another password with `manage.py changepassword NAME`, or deactivate it in the admin.",
            id="souk.W004",
        )
    ]


def _open_demo_logins() -> list[str]:
    passwords = {person.username: person.password for person in shop_text().people if person.username}
    # Models are loaded after this module, which the app's configuration imports.
    accounts = apps.get_model(settings.AUTH_USER_MODEL).objects.filter(username__in=passwords, is_active=True)
    # Not the account's own check, which writes a newer hash of a right password.
    return sorted(one.username for one in accounts if check_password(passwords[one.username], one.password))
