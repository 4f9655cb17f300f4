"""Staff's search for a customer read the whole table with each letter; this index serves how words begin."""

from typing import ClassVar

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from core.migrations._lowered_words import LoweredParts, LoweredWords
from core.text.words import Text

_NAMES = ("first_name", "last_name", "company")


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0009_proof_codes")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                LoweredWords(Text("email"), Text("username"), *_NAMES, LoweredParts(*_NAMES)),
                name="accounts_user_words",
            ),
        ),
    ]
