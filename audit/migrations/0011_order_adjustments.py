from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits what is taken off orders."""

    dependencies = [
        ("audit", "0010_shop_settings"),
        ("orders", "0015_fill_order_adjustments"),
    ]

    operations = [
        Track("orders.orderadjustment", "orders_orderadjustment", "order_id"),
    ]
