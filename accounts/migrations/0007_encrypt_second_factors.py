"""The secrets of the two-step log-in, so far stored in the clear, are encrypted."""

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.encryption import in_the_clear, renewed


def _rewrite(apps: Apps, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    authenticators = apps.get_model("mfa", "Authenticator").objects
    for row in authenticators.order_by("pk").select_for_update():
        authenticators.filter(pk=row.pk).update(data=change(row.data))


def encrypt(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rewrite(apps, renewed)


def decrypt(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rewrite(apps, in_the_clear)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_signups"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt, decrypt)]
