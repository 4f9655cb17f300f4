"""A product on sale has a name, a primary picture and an active variant; what has not is a draft from here on."""

from typing import Any

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from catalog import triggers

_FIRST_BECOMES_PRIMARY = """
UPDATE catalog_productimage SET is_primary = true WHERE id IN (
  SELECT DISTINCT ON (product_id) id FROM catalog_productimage AS i
   WHERE NOT EXISTS (SELECT 1 FROM catalog_productimage AS p WHERE p.product_id = i.product_id AND p.is_primary)
   ORDER BY product_id, position, id)
"""
_DRAFTS = """
UPDATE catalog_product AS p SET is_active = false
 WHERE p.is_active AND (
       coalesce(p.name_en, '') !~ '\\S'
       OR NOT EXISTS (SELECT 1 FROM catalog_productimage AS i WHERE i.product_id = p.id AND i.is_primary)
       OR NOT EXISTS (SELECT 1 FROM catalog_variant AS v WHERE v.product_id = p.id AND v.is_active))
"""


def make_whole(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_FIRST_BECOMES_PRIMARY)
        cursor.execute(_DRAFTS)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_product_fields"),
    ]

    operations = [
        migrations.RunPython(make_whole, migrations.RunPython.noop),
        migrations.RunSQL(sql=triggers.CREATE_FUNCTION, reverse_sql=triggers.DROP_FUNCTION),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="on_sale_whole",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.is_active)",
                    constraint="CONSTRAINT",
                    func="PERFORM catalog_require_whole(ARRAY[NEW.id]); RETURN NULL;",
                    hash="4ad08bf2fbc25d17e04eaa7e2f1e4b96accc925d",
                    operation='INSERT OR UPDATE OF "is_active"',
                    pgid="pgtrigger_on_sale_whole_0812c",
                    table="catalog_product",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="primary_picture_first",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT NEW.is_primary)",
                    constraint="CONSTRAINT",
                    func="PERFORM 1 FROM catalog_product WHERE id IN (NEW.product_id) ORDER BY id FOR NO KEY UPDATE; PERFORM catalog_require_whole(ARRAY[NEW.product_id]); RETURN NULL;",
                    hash="e3f3b20ec4c697d36faaa2975bfca0629d8c31b6",
                    operation="INSERT",
                    pgid="pgtrigger_primary_picture_first_05cfa",
                    table="catalog_productimage",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="primary_picture_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN ((OLD.is_primary AND NOT NEW.is_primary) OR NEW.product_id <> OLD.product_id)",
                    constraint="CONSTRAINT",
                    func="PERFORM 1 FROM catalog_product WHERE id IN (OLD.product_id, NEW.product_id) ORDER BY id FOR NO KEY UPDATE; PERFORM catalog_require_whole(ARRAY[OLD.product_id, NEW.product_id]); RETURN NULL;",
                    hash="b788dac44234023a705eac8deebb8bd705548a50",
                    operation="UPDATE",
                    pgid="pgtrigger_primary_picture_kept_6aa9c",
                    table="catalog_productimage",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="productimage",
            trigger=pgtrigger.compiler.Trigger(
                name="primary_picture_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.is_primary)",
                    constraint="CONSTRAINT",
                    func="PERFORM 1 FROM catalog_product WHERE id IN (OLD.product_id) ORDER BY id FOR NO KEY UPDATE; PERFORM catalog_require_whole(ARRAY[OLD.product_id]); RETURN NULL;",
                    hash="3e70604ac95a2dee6cb9a3f7bcaef0cc960b52ec",
                    operation="DELETE",
                    pgid="pgtrigger_primary_picture_stays_a973f",
                    table="catalog_productimage",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="active_variant_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.is_active AND (NOT NEW.is_active OR NEW.product_id <> OLD.product_id))",
                    constraint="CONSTRAINT",
                    func="PERFORM 1 FROM catalog_product WHERE id IN (OLD.product_id) ORDER BY id FOR NO KEY UPDATE; PERFORM catalog_require_whole(ARRAY[OLD.product_id]); RETURN NULL;",
                    hash="d8ed378ce30389285981c26e1c4c9b86f07b8aef",
                    operation="UPDATE",
                    pgid="pgtrigger_active_variant_kept_373e8",
                    table="catalog_variant",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="active_variant_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.is_active)",
                    constraint="CONSTRAINT",
                    func="PERFORM 1 FROM catalog_product WHERE id IN (OLD.product_id) ORDER BY id FOR NO KEY UPDATE; PERFORM catalog_require_whole(ARRAY[OLD.product_id]); RETURN NULL;",
                    hash="360229d93ee0960267bd8a7f56978270d4e8011d",
                    operation="DELETE",
                    pgid="pgtrigger_active_variant_stays_32090",
                    table="catalog_variant",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_active", False),
                    models.Q(("name_en__isnull", False), ("name_en__regex", "\\S")),
                    _connector="OR",
                ),
                name="catalog_product_on_sale_has_name",
                violation_error_message="A product on sale needs a name.",
            ),
        ),
    ]
