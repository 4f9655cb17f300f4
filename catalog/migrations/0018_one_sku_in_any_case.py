"""No two SKUs that differ in case only; the index that enforces it takes the place of the one that searched by it."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper

import catalog.skus

_NAME = "catalog_variant_sku_any_case"
# A build that was cut off leaves an index that is not valid.
_BUILD = [
    f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}",
    f"CREATE UNIQUE INDEX CONCURRENTLY {_NAME} ON catalog_variant (upper(sku))",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0017_tidy_skus")]

    operations = [
        migrations.AlterField(
            model_name="variant",
            name="sku",
            field=catalog.skus.SkuField(max_length=100, unique=True, verbose_name="SKU"),
        ),
        migrations.RunSQL(
            _BUILD,
            f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}",
            state_operations=[
                migrations.AddConstraint(
                    model_name="variant",
                    constraint=models.UniqueConstraint(
                        Upper("sku"),
                        name=_NAME,
                        violation_error_message="Another variant has this SKU, perhaps with capitals in other places.",
                    ),
                )
            ],
        ),
        RemoveIndexConcurrently(model_name="variant", name="catalog_variant_sku_folded"),
    ]
