"""Staff's search for an order read the whole table; this index serves how words begin."""

from typing import ClassVar

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from core.migrations._lowered_words import LoweredParts, LoweredWords
from core.text.words import KeyText

_NAMES = [KeyText("shipping_address", key=key) for key in ("full_name", "company")]


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0003_taken_back_by_owner")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                LoweredWords("email", *_NAMES, LoweredParts(*_NAMES)), name="orders_order_words"
            ),
        ),
    ]
