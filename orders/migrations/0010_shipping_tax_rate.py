"""The tax rate of shipping as a column of its own; a constant default, so that no row is written."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0009_changed")]

    operations: ClassVar[list[migrations.AddField]] = [
        migrations.AddField(
            model_name="order",
            name="shipping_tax_rate",
            field=models.DecimalField(
                db_default=0, decimal_places=6, default=0, max_digits=7, verbose_name="tax rate of shipping"
            ),
        ),
    ]
