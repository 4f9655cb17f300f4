"""Payments move the `updated_at` of their order."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_currency_of_its_order"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="6d8c8b48894d8b4cd36faba5c661f2becd5f1d94",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_54e6f",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="payments_payment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.amount_minor, before.captured_at, before.provider) IS DISTINCT FROM (after.order_id, after.status, after.amount_minor, after.captured_at, after.provider)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.amount_minor, before.captured_at, before.provider) IS DISTINCT FROM (after.order_id, after.status, after.amount_minor, after.captured_at, after.provider)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="03fbc9ffea008613ea27e7b3820867365b6cac50",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_c3c9b",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="payments_payment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="76bfc5c92b24e7ca6e2074f9227d05e9ab161fca",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_a7768",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="payments_payment",
                    when="AFTER",
                ),
            ),
        ),
    ]
