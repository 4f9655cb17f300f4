"""Triggers that move `updated_at` with what is shown of a row."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0021_fold_again"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="category",
            name="from_price_after_switch",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="from_price_after_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="from_price_after_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="from_price_after_delete",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="from_price_after_switch",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active"))',
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT id FROM catalog_product WHERE category_id = NEW.id) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN (SELECT id FROM catalog_product WHERE category_id = NEW.id);\n    RETURN NULL;\n",
                    hash="bd0299c15f8734e51c7ae44c4e62796f2235e800",
                    operation='UPDATE OF "is_active"',
                    pgid="pgtrigger_from_price_after_switch_26442",
                    table="catalog_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT id FROM catalog_product WHERE category_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.slug) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.slug))) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT id FROM catalog_product WHERE category_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.slug) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.slug))) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="b532d393dd814d82c0746567fb402be58a3c8404",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_bc55b",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optiontype",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (\n    SELECT product_id\n      FROM catalog_variant AS variant JOIN catalog_variantoption AS chosen ON chosen.variant_id = variant.id\n     WHERE chosen.option_type_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.code, before.position) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.code, after.position))\n) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (\n    SELECT product_id\n      FROM catalog_variant AS variant JOIN catalog_variantoption AS chosen ON chosen.variant_id = variant.id\n     WHERE chosen.option_type_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.code, before.position) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.code, after.position))\n) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="74bf6b0b141562e696f30501f7d47aa0e2c2245c",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_bbb48",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_optiontype",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optionvalue",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (\n    SELECT product_id\n      FROM catalog_variant AS variant JOIN catalog_variantoption AS chosen ON chosen.variant_id = variant.id\n     WHERE chosen.value_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.code) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.code))\n) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (\n    SELECT product_id\n      FROM catalog_variant AS variant JOIN catalog_variantoption AS chosen ON chosen.variant_id = variant.id\n     WHERE chosen.value_id IN (SELECT unnest(ARRAY[before.id, after.id]) FROM before JOIN after USING (id) WHERE (before.id, before.name_en, before.name_fr, before.name_ar, before.code) IS DISTINCT FROM (after.id, after.name_en, after.name_fr, after.name_ar, after.code))\n) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="8feffd58a77e996f6980e024ce80e84e9321eecf",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_f602f",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_optionvalue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."attributes" IS DISTINCT FROM (NEW."attributes") OR OLD."brand" IS DISTINCT FROM (NEW."brand") OR OLD."category_id" IS DISTINCT FROM (NEW."category_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."description_ar" IS DISTINCT FROM (NEW."description_ar") OR OLD."description_en" IS DISTINCT FROM (NEW."description_en") OR OLD."description_fr" IS DISTINCT FROM (NEW."description_fr") OR OLD."from_price_minor" IS DISTINCT FROM (NEW."from_price_minor") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_digital" IS DISTINCT FROM (NEW."is_digital") OR OLD."is_featured" IS DISTINCT FROM (NEW."is_featured") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_ar" IS DISTINCT FROM (NEW."name_ar") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_fr" IS DISTINCT FROM (NEW."name_fr") OR OLD."seo_description" IS DISTINCT FROM (NEW."seo_description") OR OLD."seo_description_ar" IS DISTINCT FROM (NEW."seo_description_ar") OR OLD."seo_description_en" IS DISTINCT FROM (NEW."seo_description_en") OR OLD."seo_description_fr" IS DISTINCT FROM (NEW."seo_description_fr") OR OLD."seo_title" IS DISTINCT FROM (NEW."seo_title") OR OLD."seo_title_ar" IS DISTINCT FROM (NEW."seo_title_ar") OR OLD."seo_title_en" IS DISTINCT FROM (NEW."seo_title_en") OR OLD."seo_title_fr" IS DISTINCT FROM (NEW."seo_title_fr") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."tags" IS DISTINCT FROM (NEW."tags") OR OLD."tax_class" IS DISTINCT FROM (NEW."tax_class"))',
                    func="\n    IF NEW.updated_at = OLD.updated_at THEN\n        NEW.updated_at = clock_timestamp();\n    END IF;\n    RETURN NEW;\n",
                    hash="84b5302de02bd6205750754c186763b290944765",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_moves_950f3",
                    table="catalog_product",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="7385eeec1473b1f91a1d365439dda7f76bca9797",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_7a719",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_productimage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id) WHERE (before.product_id, before.file, before.external_url, before.public_id, before.alt_en, before.alt_fr, before.alt_ar, before.width, before.height, before.is_primary, before.position) IS DISTINCT FROM (after.product_id, after.file, after.external_url, after.public_id, after.alt_en, after.alt_fr, after.alt_ar, after.width, after.height, after.is_primary, after.position)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id) WHERE (before.product_id, before.file, before.external_url, before.public_id, before.alt_en, before.alt_fr, before.alt_ar, before.width, before.height, before.is_primary, before.position) IS DISTINCT FROM (after.product_id, after.file, after.external_url, after.public_id, after.alt_en, after.alt_fr, after.alt_ar, after.width, after.height, after.is_primary, after.position)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="5ac6b83a5e8360f8fb73c8126e76c783dabf90f5",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_24f40",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_productimage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM before) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM before) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="13bf78b62bc0bf96ac0a0712072773ef8299e06a",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_944b4",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_productimage",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="from_price_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM after) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM after);\n    RETURN NULL;\n",
                    hash="cd107667bd20d537494d1bf92cf674d004d8c313",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_from_price_after_insert_1cecb",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="from_price_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (\n    SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n     WHERE (before.product_id, before.price_minor, before.is_active, before.currency, before.compare_at_minor, before.cost_minor, before.sku, before.weight_grams, before.length_mm, before.width_mm, before.height_mm, before.position) IS DISTINCT FROM (after.product_id, after.price_minor, after.is_active, after.currency, after.compare_at_minor, after.cost_minor, after.sku, after.weight_grams, after.length_mm, after.width_mm, after.height_mm, after.position)\n) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN (\n    SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n     WHERE (before.product_id, before.price_minor, before.is_active, before.currency, before.compare_at_minor, before.cost_minor, before.sku, before.weight_grams, before.length_mm, before.width_mm, before.height_mm, before.position) IS DISTINCT FROM (after.product_id, after.price_minor, after.is_active, after.currency, after.compare_at_minor, after.cost_minor, after.sku, after.weight_grams, after.length_mm, after.width_mm, after.height_mm, after.position)\n);\n    RETURN NULL;\n",
                    hash="9d123b952a2b12607b7d49a322065da0fe8a4a37",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_from_price_after_update_64aeb",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="from_price_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM before) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM before);\n    RETURN NULL;\n",
                    hash="23089f798309dd6bc1008f360dd99e3c16a0fade",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_from_price_after_delete_eeaa5",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT variant_id FROM after)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT variant_id FROM after)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="92d738d4b5eb8c5d10dde4a1b077f25e7dfc8eed",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_22067",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT unnest(ARRAY[before.variant_id, after.variant_id]) FROM before JOIN after USING (id) WHERE (before.variant_id, before.value_id) IS DISTINCT FROM (after.variant_id, after.value_id))) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT unnest(ARRAY[before.variant_id, after.variant_id]) FROM before JOIN after USING (id) WHERE (before.variant_id, before.value_id) IS DISTINCT FROM (after.variant_id, after.value_id))) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="0ec530b1ecc917651c73fa752d05217f7ea549cb",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_846cc",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT variant_id FROM before)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM catalog_variant WHERE id IN (SELECT variant_id FROM before)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="5377bef3f401e91803b9be1a79083faffdc48bae",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_9a39d",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantpicture",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM after) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM after) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="856ccad2eebf2b365f59af6c5f6dbd8ad1063af2",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_updated_at_after_insert_e8bc2",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_variantpicture",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantpicture",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id) WHERE (before.product_id, before.variant_id, before.image_id, before.position) IS DISTINCT FROM (after.product_id, after.variant_id, after.image_id, after.position)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id) WHERE (before.product_id, before.variant_id, before.image_id, before.position) IS DISTINCT FROM (after.product_id, after.variant_id, after.image_id, after.position)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="bb193478310ab5a64a4da740c75e8ee3526da314",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_bb822",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variantpicture",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantpicture",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (SELECT product_id FROM before) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET updated_at = clock_timestamp() WHERE id IN (SELECT product_id FROM before) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="dd5f2f9ad0f39138e787fac4426dd010dc4b1493",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_updated_at_after_delete_9abdc",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_variantpicture",
                    when="AFTER",
                ),
            ),
        ),
    ]
