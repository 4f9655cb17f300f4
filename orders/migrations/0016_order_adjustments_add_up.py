"""From here on the adjustments of a line add up to its discount, and move `updated_at` of their order."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_fill_order_adjustments")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="orderline",
            trigger=pgtrigger.compiler.Trigger(
                name="discount_adds_up_at_first",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (NEW."discount_minor" > 0)',
                    constraint="CONSTRAINT",
                    func="\n    \n    IF EXISTS (\n        SELECT FROM orders_orderline AS line\n         WHERE line.id = NEW.id\n           AND line.discount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM orders_orderadjustment\n                                        WHERE line_id = line.id AND order_id = line.order_id)\n    ) THEN\n        RAISE EXCEPTION 'the adjustments of order line % do not add up to its discount', NEW.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_orderadjustment_adds_up';\n    END IF;\n\n    RETURN NULL;\n",
                    hash="81efa2693f8cf2083df45c57598d71cda5ce3fd4",
                    operation="INSERT",
                    pgid="pgtrigger_discount_adds_up_at_first_cdf00",
                    table="orders_orderline",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderline",
            trigger=pgtrigger.compiler.Trigger(
                name="discount_adds_up",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."discount_minor" IS DISTINCT FROM (NEW."discount_minor"))',
                    constraint="CONSTRAINT",
                    func="\n    \n    IF EXISTS (\n        SELECT FROM orders_orderline AS line\n         WHERE line.id = NEW.id\n           AND line.discount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM orders_orderadjustment\n                                        WHERE line_id = line.id AND order_id = line.order_id)\n    ) THEN\n        RAISE EXCEPTION 'the adjustments of order line % do not add up to its discount', NEW.id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_orderadjustment_adds_up';\n    END IF;\n\n    RETURN NULL;\n",
                    hash="37ffc8a6580282f19c4496a657cfd098842a0615",
                    operation="UPDATE",
                    pgid="pgtrigger_discount_adds_up_f73e6",
                    table="orders_orderline",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderadjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="2e6da77fb28edcba4bc57b21ee01a31014b880d0",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_d67e4",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="orders_orderadjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderadjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.kind, before.source, before.code, before.units, before.amount_minor) IS DISTINCT FROM (after.order_id, after.kind, after.source, after.code, after.units, after.amount_minor)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.kind, before.source, before.code, before.units, before.amount_minor) IS DISTINCT FROM (after.order_id, after.kind, after.source, after.code, after.units, after.amount_minor)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="95873af7526af0d4519f885bb68f2ccbc475db20",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_bedba",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="orders_orderadjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderadjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM before) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="11e238e04182b667fb5b3dfe8dac0218040b517c",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_f1793",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="orders_orderadjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="orderadjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="adds_up_to_discount",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    declare="DECLARE touched uuid;",
                    func="\n    FOREACH touched IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.line_id] WHEN 'DELETE' THEN ARRAY[OLD.line_id]\n                                     ELSE ARRAY[OLD.line_id, NEW.line_id] END LOOP\n        \n    IF EXISTS (\n        SELECT FROM orders_orderline AS line\n         WHERE line.id = touched\n           AND line.discount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM orders_orderadjustment\n                                        WHERE line_id = line.id AND order_id = line.order_id)\n    ) THEN\n        RAISE EXCEPTION 'the adjustments of order line % do not add up to its discount', touched\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_orderadjustment_adds_up';\n    END IF;\n\n    END LOOP;\n    RETURN NULL;\n",
                    hash="38029a351dac8a26eed725b9bd282ea846688fec",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_adds_up_to_discount_46f8e",
                    table="orders_orderadjustment",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
    ]
