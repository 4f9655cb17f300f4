from django.db import migrations

from audit.operations import Track


class Migration(migrations.Migration):
    """Audits what is taken off orders."""

    dependencies = [
        ("audit", "0009_tax_areas"),
        ("orders", "0015_fill_order_adjustments"),
    ]

    operations = [
        Track("orders.orderadjustment", "orders_orderadjustment", "order_id"),
    ]
