"""Work out the price of every product that was there before, in batches that lock little."""

from typing import Any, ClassVar

from django.db import migrations

_BATCH = 5_000


def fill(apps: Any, _schema_editor: Any) -> None:
    products = apps.get_model("catalog", "Product").objects.order_by("pk")
    batch = list(products.values_list("pk", flat=True)[:_BATCH])
    while batch:
        # Whatever is written, the trigger computes it.
        products.filter(pk__in=batch).update(from_price_minor=None)
        batch = list(products.filter(pk__gt=batch[-1]).values_list("pk", flat=True)[:_BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0007_from_price")]
    operations: ClassVar[list[migrations.RunPython]] = [migrations.RunPython(fill, migrations.RunPython.noop)]
