"""Shipments move the `updated_at` of their order."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("shipping", "0004_mend_plain_columns"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="shipment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="ff4080419b07583bd6701124a4afa5deb59da65f",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_dbf50",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="shipping_shipment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shipment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.carrier, before.tracking_number, before.estimated_delivery, before.shipped_at, before.delivered_at) IS DISTINCT FROM (after.order_id, after.status, after.carrier, after.tracking_number, after.estimated_delivery, after.shipped_at, after.delivered_at)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.carrier, before.tracking_number, before.estimated_delivery, before.shipped_at, before.delivered_at) IS DISTINCT FROM (after.order_id, after.status, after.carrier, after.tracking_number, after.estimated_delivery, after.shipped_at, after.delivered_at)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="c242c21209c28f17c4d1f6b1d1159751e7b300c9",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_9413e",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="shipping_shipment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shipment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="e23b84cfe8f1421492251d210c7408cf4e01eafe",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_5750e",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="shipping_shipment",
                    when="AFTER",
                ),
            ),
        ),
    ]
