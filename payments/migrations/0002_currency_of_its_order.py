"""A payment is in the currency of its order: a foreign key over both columns."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("payments", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            sql="""
            ALTER TABLE payments_payment
              ADD CONSTRAINT payments_payment_currency_of_order
              FOREIGN KEY (order_id, currency) REFERENCES orders_order (id, currency)
              DEFERRABLE INITIALLY DEFERRED
            """,
            reverse_sql="ALTER TABLE payments_payment DROP CONSTRAINT payments_payment_currency_of_order",
        ),
    ]
