"""The words by which staff searches are folded; the new index is there before the old one goes."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

from accounts.person_words import PersonWords


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0015_person_names_without_links"),
        ("core", "0005_fold"),
    ]
    operations: ClassVar[list[Any]] = [
        AddIndexConcurrently(model_name="user", index=GinIndex(PersonWords(), name="accounts_user_folded_words")),
        RemoveIndexConcurrently(model_name="user", name="accounts_user_words"),
    ]
