"""Checks the constraints of backorders and finds who waits by an index, while the shop goes on selling."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_WAITING = models.Q(("backordered__gt", 0))


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("inventory", "0004_backorders")]
    operations: ClassVar[list[Operation]] = [
        ValidateConstraint(model_name="reservation", name="inventory_reservation_backordered_part"),
        ValidateConstraint(model_name="stockitem", name="inventory_stockitem_backorder_limit"),
        AddIndexConcurrently(
            model_name="reservation",
            index=models.Index(condition=_WAITING, fields=["stock_item"], name="inventory_reservation_waiting"),
        ),
        AddIndexConcurrently(
            model_name="stockitem",
            index=models.Index(condition=_WAITING, fields=["variant"], name="inventory_stockitem_waited_for"),
        ),
    ]
