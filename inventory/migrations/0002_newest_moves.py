"""Staff's list begins with the newest; without this index it sorted the whole table for each page."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("inventory", "0001_initial")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="stockmove",
            index=models.Index(fields=["-created_at", "-id"], name="inventory_stockmove_newest"),
        ),
    ]
