"""One variant a GTIN; its index is built, and the check of its form confirmed, beside the shop's work."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

import catalog.gtins

_NAME = "catalog_variant_gtin_once"
# A build that was cut off leaves an index that is not valid.
_BUILD = [
    f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}",
    f"CREATE UNIQUE INDEX CONCURRENTLY {_NAME} ON catalog_variant (lpad(gtin, 14, '0'))",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0025_gtin")]

    operations = [
        ValidateConstraint(model_name="variant", name="catalog_variant_gtin_valid"),
        migrations.RunSQL(
            _BUILD,
            f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}",
            state_operations=[
                migrations.AddConstraint(
                    model_name="variant",
                    constraint=models.UniqueConstraint(
                        catalog.gtins.GtinKey("gtin"),
                        name=_NAME,
                        violation_error_message="Another variant has this GTIN.",
                    ),
                )
            ],
        ),
    ]
