"""Rows for what was taken off orders; their triggers come when those of older orders are there."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.clock
import core.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0013_tax_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderAdjustment",
            fields=[
                (
                    "id",
                    core.db.ids.UUID7Field(
                        db_default=core.db.ids.UUIDv7(),
                        default=core.db.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=core.clock.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now(), verbose_name="updated"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("discount", "Discount"), ("shipping_discount", "Discount on delivery")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("manual", "Given by staff"), ("import", "Data import")],
                        max_length=16,
                        verbose_name="source",
                    ),
                ),
                ("code", models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="code")),
                ("units", models.BigIntegerField(blank=True, null=True, verbose_name="units")),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                (
                    "reason",
                    models.CharField(blank=True, db_default="", default="", max_length=250, verbose_name="reason"),
                ),
            ],
            options={
                "verbose_name": "order adjustment",
                "verbose_name_plural": "order adjustments",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="orderadjustment",
            name="line",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="adjustments",
                to="orders.orderline",
                verbose_name="order line",
            ),
        ),
        migrations.AddField(
            model_name="orderadjustment",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="adjustments",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="orders_orderadjustment_takes_off"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "discount"), ("line__isnull", False), ("units__gte", 1)),
                    models.Q(("kind", "shipping_discount"), ("line__isnull", True), ("units__isnull", True)),
                    _connector="OR",
                ),
                name="orders_orderadjustment_of_line_or_shipping",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["manual", "import"])), name="orders_orderadjustment_source_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderadjustment",
            constraint=models.UniqueConstraint(
                fields=("line", "source", "code"), name="orders_orderadjustment_one_a_line_and_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderadjustment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("line", None)),
                fields=("order", "source", "code"),
                name="orders_orderadjustment_one_of_shipping_and_code",
            ),
        ),
    ]
