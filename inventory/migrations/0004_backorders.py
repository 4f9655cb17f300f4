"""Backorders: how many units are sold beyond what is there, up to which limit, and who waits for how many of them.

Nothing here reads or rewrites a row: the columns have constant defaults, the constraints hold of new rows at once and are
checked of the others by the next migration.
"""

from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.migrations.operations.base import Operation


def _units(name: str) -> models.BigIntegerField:
    return models.BigIntegerField(db_default=0, default=0, verbose_name=name)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("inventory", "0003_holds_and_regions")]
    operations: ClassVar[list[Operation]] = [
        migrations.AddField(model_name="reservation", name="backordered", field=_units("backordered")),
        migrations.AddField(model_name="stockitem", name="backorder_limit", field=_units("backorder limit")),
        migrations.AddField(model_name="stockitem", name="backordered", field=_units("backordered")),
        AddConstraintNotValid(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("backordered__gte", 0), ("quantity__gte", models.F("backordered"))),
                name="inventory_reservation_backordered_part",
            ),
        ),
        AddConstraintNotValid(
            model_name="stockitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("backordered__gte", 0), ("backorder_limit__gte", models.F("backordered"))),
                name="inventory_stockitem_backorder_limit",
            ),
        ),
        # Backwards, promises of what is not there are taken back: without the column nothing told them from the others.
        migrations.RunSQL(
            migrations.RunSQL.noop,
            [
                "DELETE FROM inventory_reservation WHERE quantity = backordered",
                "UPDATE inventory_reservation SET quantity = quantity - backordered WHERE backordered > 0",
            ],
        ),
    ]
