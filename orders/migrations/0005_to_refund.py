"""Staff lists and counts the orders of which money is to be given back; among a million they are few."""

from typing import ClassVar

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0004_order_words")]
    operations: ClassVar[list[AddIndexConcurrently]] = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                fields=["placed_at"],
                condition=Q(
                    Q(("paid_minor__gt", F("refunded_minor")), ("status", "cancelled")),
                    Q(
                        Q(("status", "cancelled"), _negated=True),
                        ("paid_minor__gt", F("refunded_minor") + F("total_minor")),
                    ),
                    _connector="OR",
                ),
                name="orders_order_to_refund",
            ),
        ),
    ]
