"""Triggers that move `updated_at` with what is shown of a row."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0022_updated_at"),
        ("inventory", "0009_mend_plain_columns"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="stockitem",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."backorder_limit" IS DISTINCT FROM (NEW."backorder_limit") OR OLD."backordered" IS DISTINCT FROM (NEW."backordered") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."location_id" IS DISTINCT FROM (NEW."location_id") OR OLD."on_hand" IS DISTINCT FROM (NEW."on_hand") OR OLD."reserved" IS DISTINCT FROM (NEW."reserved") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."variant_id" IS DISTINCT FROM (NEW."variant_id"))',
                    func="\n    IF NEW.updated_at = OLD.updated_at THEN\n        NEW.updated_at = clock_timestamp();\n    END IF;\n    RETURN NEW;\n",
                    hash="808c11350ec05697437de6a63b19e5b460331690",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_moves_ee605",
                    table="inventory_stockitem",
                    when="BEFORE",
                ),
            ),
        ),
    ]
