"""From here on another tax rate of shipping moves `updated_at`."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_fill_shipping_tax_rate")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="order", name="updated_at_moves"),
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."became_cart_id" IS DISTINCT FROM (NEW."became_cart_id") OR OLD."billing_address" IS DISTINCT FROM (NEW."billing_address") OR OLD."cart_id" IS DISTINCT FROM (NEW."cart_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."discount_minor" IS DISTINCT FROM (NEW."discount_minor") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."fulfilment_status" IS DISTINCT FROM (NEW."fulfilment_status") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."paid_minor" IS DISTINCT FROM (NEW."paid_minor") OR OLD."payment_provider" IS DISTINCT FROM (NEW."payment_provider") OR OLD."payment_status" IS DISTINCT FROM (NEW."payment_status") OR OLD."placed_at" IS DISTINCT FROM (NEW."placed_at") OR OLD."price_steps" IS DISTINCT FROM (NEW."price_steps") OR OLD."prices_include_tax" IS DISTINCT FROM (NEW."prices_include_tax") OR OLD."refunded_minor" IS DISTINCT FROM (NEW."refunded_minor") OR OLD."shipping_address" IS DISTINCT FROM (NEW."shipping_address") OR OLD."shipping_method" IS DISTINCT FROM (NEW."shipping_method") OR OLD."shipping_method_name" IS DISTINCT FROM (NEW."shipping_method_name") OR OLD."shipping_minor" IS DISTINCT FROM (NEW."shipping_minor") OR OLD."shipping_tax_minor" IS DISTINCT FROM (NEW."shipping_tax_minor") OR OLD."shipping_tax_rate" IS DISTINCT FROM (NEW."shipping_tax_rate") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."subtotal_minor" IS DISTINCT FROM (NEW."subtotal_minor") OR OLD."taken_back_by_owner" IS DISTINCT FROM (NEW."taken_back_by_owner") OR OLD."tax_minor" IS DISTINCT FROM (NEW."tax_minor") OR OLD."tax_zone" IS DISTINCT FROM (NEW."tax_zone") OR OLD."total_minor" IS DISTINCT FROM (NEW."total_minor"))',
                    func="\n    IF NEW.updated_at = OLD.updated_at THEN\n        NEW.updated_at = clock_timestamp();\n    END IF;\n    RETURN NEW;\n",
                    hash="a4d2390bb8234c9877462c6c07bc6e8bc591f0b5",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_moves_e2416",
                    table="orders_order",
                    when="BEFORE",
                ),
            ),
        ),
    ]
