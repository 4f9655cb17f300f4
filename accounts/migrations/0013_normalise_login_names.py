"""Brings log-in names into their one spelling, before the database holds them to it.

Of usernames that differ only by width, letter case or look-alike letters the oldest account keeps its own; the others get
the end of their id behind it ("amina-3f9c01d2"), and so do names with an @ that are not the account's own address, with
a dot for the @. E-mail addresses become ASCII; one that another account has in that spelling stays as it is. The ids of
renamed accounts are logged: whoever has an e-mail address logs in with that as before. Of a shop's accounts these are few.
"""

import logging
from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q
from django.db.models.expressions import Window
from django.db.models.functions import RowNumber

from accounts.usernames import Nfkc, UsernameKey, normalise_username, username_key
from core.text.emails import normalise_email

logger = logging.getLogger("accounts.migrations")


def normalise(apps: Any, schema_editor: Any) -> None:
    User = apps.get_model("accounts", "User")
    _normalise_emails(User.objects)
    _normalise_usernames(User.objects)
    EmailAddress = apps.get_model("account", "EmailAddress")
    for row in EmailAddress.objects.filter(email__regex="[^!-~]"):
        email = normalise_email(row.email)
        if not EmailAddress.objects.filter(user_id=row.user_id, email=email).exists():
            EmailAddress.objects.filter(pk=row.pk).update(email=email)


def _normalise_emails(users: Any) -> None:
    for pk, written in users.filter(email__regex="[^!-~]").values_list("pk", "email"):
        email = normalise_email(written)
        if email != written and not users.filter(email=email).exists():
            users.filter(pk=pk).update(email=email)


def _normalise_usernames(users: Any) -> None:
    named = users.exclude(username=None)
    place = Window(RowNumber(), partition_by=[UsernameKey("username")], order_by=["date_joined", "pk"])
    copies = named.annotate(place=place).filter(place__gt=1).values_list("pk", flat=True)
    odd = named.filter(
        ~Q(username=Nfkc("username")) | Q(username__contains="@") & ~Q(username=models.F("email"), email__isnull=False)
    )
    # The copies give way first, so that the oldest finds its name free.
    for keys in (list(copies), list(odd.values_list("pk", flat=True))):
        for user in users.filter(pk__in=keys).order_by("date_joined", "pk"):
            name = _free(users, user)
            if name != user.username:
                users.filter(pk=user.pk).update(username=name)
                logger.warning("renamed the account %s, which logs in by e-mail as before", user.pk)


def _free(users: Any, user: Any) -> str:
    name = normalise_username(user.username)
    if "@" in name:
        if user.email and normalise_email(name) == user.email:
            return str(user.email)
        return f"{name.replace('@', '.')[:141]}-{user.pk.hex[-8:]}"
    older = users.exclude(pk=user.pk).alias(key=UsernameKey("username")).filter(key=username_key(name))
    return f"{name[:141]}-{user.pk.hex[-8:]}" if older.exists() else name


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0012_staff_sends_reset_links"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations: ClassVar[list[migrations.RunPython]] = [
        migrations.RunPython(normalise, migrations.RunPython.noop, elidable=True)
    ]
