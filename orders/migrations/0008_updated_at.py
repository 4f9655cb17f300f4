"""Triggers that move `updated_at` with what is shown of a row."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("carts", "0001_initial"),
        ("orders", "0007_folded_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="order",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."became_cart_id" IS DISTINCT FROM (NEW."became_cart_id") OR OLD."billing_address" IS DISTINCT FROM (NEW."billing_address") OR OLD."cart_id" IS DISTINCT FROM (NEW."cart_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."discount_minor" IS DISTINCT FROM (NEW."discount_minor") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."fulfilment_status" IS DISTINCT FROM (NEW."fulfilment_status") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."paid_minor" IS DISTINCT FROM (NEW."paid_minor") OR OLD."payment_provider" IS DISTINCT FROM (NEW."payment_provider") OR OLD."payment_status" IS DISTINCT FROM (NEW."payment_status") OR OLD."placed_at" IS DISTINCT FROM (NEW."placed_at") OR OLD."price_steps" IS DISTINCT FROM (NEW."price_steps") OR OLD."prices_include_tax" IS DISTINCT FROM (NEW."prices_include_tax") OR OLD."refunded_minor" IS DISTINCT FROM (NEW."refunded_minor") OR OLD."shipping_address" IS DISTINCT FROM (NEW."shipping_address") OR OLD."shipping_method" IS DISTINCT FROM (NEW."shipping_method") OR OLD."shipping_method_name" IS DISTINCT FROM (NEW."shipping_method_name") OR OLD."shipping_minor" IS DISTINCT FROM (NEW."shipping_minor") OR OLD."shipping_tax_minor" IS DISTINCT FROM (NEW."shipping_tax_minor") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."subtotal_minor" IS DISTINCT FROM (NEW."subtotal_minor") OR OLD."taken_back_by_owner" IS DISTINCT FROM (NEW."taken_back_by_owner") OR OLD."tax_minor" IS DISTINCT FROM (NEW."tax_minor") OR OLD."tax_zone" IS DISTINCT FROM (NEW."tax_zone") OR OLD."total_minor" IS DISTINCT FROM (NEW."total_minor"))',
                    func="\n    IF NEW.updated_at = OLD.updated_at THEN\n        NEW.updated_at = clock_timestamp();\n    END IF;\n    RETURN NEW;\n",
                    hash="aeb7135af498efa7465e7c7e60bbe9921770bcc2",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_moves_e2416",
                    table="orders_order",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ordertransition",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT order_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="c23b07859bb05b94205208139f717fa9834e4a16",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_521ad",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="orders_ordertransition",
                    when="AFTER",
                ),
            ),
        ),
    ]
