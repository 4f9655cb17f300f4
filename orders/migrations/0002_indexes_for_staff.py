from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What staff asks all day: the orders to ship, and the orders of a SKU. Built while the shop runs."""

    atomic = False

    dependencies = [("orders", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                fields=["placed_at"],
                condition=Q(status__in=["confirmed", "processing"])
                & Q(fulfilment_status__in=["unfulfilled", "partially_shipped"]),
                name="orders_order_to_ship",
            ),
        ),
        AddIndexConcurrently(
            model_name="orderline",
            index=models.Index(fields=["sku"], name="orders_orderline_sku"),
        ),
    ]
