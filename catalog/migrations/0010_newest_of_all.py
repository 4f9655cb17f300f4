"""Staff's list begins with the newest; without this index it sorted the whole table for each page."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0009_plan_the_look_once")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(fields=["-created_at", "-id"], name="catalog_product_all_newest"),
        ),
    ]
