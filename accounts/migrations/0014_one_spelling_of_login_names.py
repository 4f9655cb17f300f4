"""Holds usernames to one spelling. The index is built and the rows are looked at without keeping anybody waiting."""

from typing import Any, ClassVar

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import accounts.usernames

_NAME = "accounts_user_username_spelling"
_KEY = models.UniqueConstraint(
    accounts.usernames.UsernameKey("username"),
    name=_NAME,
    violation_error_message="A user with that username already exists.",
)


def add_index(apps: Any, schema_editor: Any) -> None:
    statement = str(_KEY.create_sql(apps.get_model("accounts", "User"), schema_editor))
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")  # what a run that was cut off left behind
    schema_editor.execute(statement.replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY"), params=None)


def remove_index(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0013_normalise_login_names")]
    operations: ClassVar[list[Any]] = [
        migrations.AlterField(
            model_name="user",
            name="username",
            field=models.CharField(
                blank=True,
                error_messages={"unique": "A user with that username already exists."},
                max_length=150,
                null=True,
                unique=True,
                validators=[accounts.usernames.validate_username],
                verbose_name="username",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="username_follows_email",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.username = OLD.email AND NEW.username = OLD.email AND NEW.email IS DISTINCT FROM OLD.email)",
                    func="NEW.username = NEW.email; RETURN NEW;",
                    hash="2e09ead732f1074e956b3f8a652487529b7a3fe7",
                    operation='UPDATE OF "email"',
                    pgid="pgtrigger_username_follows_email_2e1b0",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add_index, remove_index)],
            state_operations=[migrations.AddConstraint(model_name="user", constraint=_KEY)],
        ),
        migrations.RemoveConstraint(model_name="user", name="accounts_user_username_unique"),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("username", accounts.usernames.Nfkc("username"))),
                name="accounts_user_username_nfkc",
            ),
        ),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("username__contains", "@"), _negated=True),
                    models.Q(("email__isnull", False), ("username", models.F("email"))),
                    _connector="OR",
                ),
                name="accounts_user_username_own_address",
                violation_error_message=(
                    "A username with @ can only be your own e-mail address. Choose another username, or type that address."
                ),
            ),
        ),
        ValidateConstraint(model_name="user", name="accounts_user_username_nfkc"),
        ValidateConstraint(model_name="user", name="accounts_user_username_own_address"),
    ]
