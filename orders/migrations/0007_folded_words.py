"""The words by which staff searches are folded; the new index is there before the old one goes."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

from orders.order_words import OrderWords


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0006_whole_days_to_pay"), ("core", "0005_fold")]
    operations: ClassVar[list[Any]] = [
        AddIndexConcurrently(model_name="order", index=GinIndex(OrderWords(), name="orders_order_folded_words")),
        RemoveIndexConcurrently(model_name="order", name="orders_order_words"),
    ]
