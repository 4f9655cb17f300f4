"""Variants have a GTIN; what is shown of them and what products are found by follows it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import catalog.gtins

# The digits of a GTIN weigh 3 and 1 in turn, from the last but one leftwards; with the check digit they make tens.
_IS_GTIN = """
CREATE FUNCTION catalog_is_gtin(gtin text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN gtin ~ '^([0-9]{8}|[0-9]{12,14})$' AND gtin ~ '[1-9]' AND (
    SELECT sum((ascii(substr(lpad(gtin, 14, '0'), place, 1)) - 48) * (1 + 2 * (place % 2))) % 10 = 0
      FROM generate_series(1, 14) AS place
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0024_product_imports"),
    ]

    operations = [
        migrations.RunSQL(_IS_GTIN, "DROP FUNCTION catalog_is_gtin(text)"),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="search_marks_after_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="variant",
            name="from_price_after_update",
        ),
        migrations.AddField(
            model_name="variant",
            name="gtin",
            field=catalog.gtins.GtinField(blank=True, max_length=14, null=True, verbose_name="GTIN"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="from_price_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM catalog_product WHERE id IN (\n    SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n     WHERE (before.product_id, before.price_minor, before.is_active, before.currency, before.compare_at_minor, before.cost_minor, before.sku, before.gtin, before.weight_grams, before.length_mm, before.width_mm, before.height_mm, before.position) IS DISTINCT FROM (after.product_id, after.price_minor, after.is_active, after.currency, after.compare_at_minor, after.cost_minor, after.sku, after.gtin, after.weight_grams, after.length_mm, after.width_mm, after.height_mm, after.position)\n) ORDER BY id FOR NO KEY UPDATE;\n    UPDATE catalog_product SET from_price_minor = NULL, updated_at = clock_timestamp() WHERE id IN (\n    SELECT unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n     WHERE (before.product_id, before.price_minor, before.is_active, before.currency, before.compare_at_minor, before.cost_minor, before.sku, before.gtin, before.weight_grams, before.length_mm, before.width_mm, before.height_mm, before.position) IS DISTINCT FROM (after.product_id, after.price_minor, after.is_active, after.currency, after.compare_at_minor, after.cost_minor, after.sku, after.gtin, after.weight_grams, after.length_mm, after.width_mm, after.height_mm, after.position)\n);\n    RETURN NULL;\n",
                    hash="196a87ee59f7c27d4328ea85c1484210dfc80477",
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
                name="search_marks_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'product', unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n         WHERE (before.product_id, before.sku, before.gtin, before.is_active) IS DISTINCT FROM (after.product_id, after.sku, after.gtin, after.is_active)\n    ;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="4995f07857ae19b1f7873e0636b1505679aac1a1",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_e0562",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="variant",
            constraint=models.CheckConstraint(
                condition=catalog.gtins.IsGtin("gtin"),
                name="catalog_variant_gtin_valid",
                violation_error_message="This is not a GTIN: compare it with the number below the bar code.",
            ),
        ),
    ]
