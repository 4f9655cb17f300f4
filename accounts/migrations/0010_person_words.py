"""Staff's search for a customer read the whole table with each letter; this index serves how words begin."""

from typing import ClassVar

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

import accounts.person_words


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0009_proof_codes")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.person_words.PersonWords(), name="accounts_user_words"
            ),
        ),
    ]
