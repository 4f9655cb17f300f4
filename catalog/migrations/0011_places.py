"""Indexes with all that a list's places are made of: without it each page read the rows that it skipped."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_ON_SALE = models.Q(from_price_minor__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0010_newest_of_all")]
    operations: ClassVar[list[Operation]] = [
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=_ON_SALE,
                fields=["-created_at", "-id"],
                include=("category_id", "from_price_minor"),
                name="catalog_places_newest",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=_ON_SALE,
                fields=["category_id", "-created_at", "-id"],
                include=("from_price_minor",),
                name="catalog_places_in_category",
            ),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(
                condition=_ON_SALE,
                fields=["from_price_minor", "id"],
                include=("category_id", "created_at"),
                name="catalog_places_cheapest",
            ),
        ),
        RemoveIndexConcurrently(model_name="product", name="catalog_product_newest"),
        RemoveIndexConcurrently(model_name="product", name="catalog_product_in_category"),
        RemoveIndexConcurrently(model_name="product", name="catalog_product_cheapest"),
    ]
