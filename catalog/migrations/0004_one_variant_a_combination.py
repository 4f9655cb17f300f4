"""Two variants of a product never stand for the same options: a key of the set, kept by triggers, and unique."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Whoever writes options, one row or a hundred thousand, touches the key; whoever writes the key gets the true one.
# The row is locked by then, so that of two who give a variant options at once, the second sees those of the first.
TRIGGERS = """
CREATE FUNCTION catalog_variant_true_options_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.options_key := (
    SELECT md5(string_agg(value_id::text, ',' ORDER BY value_id))::uuid
      FROM catalog_variantoption WHERE variant_id = NEW.id
  );
  RETURN NEW;
END $$;

CREATE FUNCTION catalog_variantoption_touch_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM catalog_variant WHERE id IN (SELECT variant_id FROM touched) ORDER BY id FOR NO KEY UPDATE;
  UPDATE catalog_variant SET options_key = NULL WHERE id IN (SELECT variant_id FROM touched);
  RETURN NULL;
END $$;

CREATE TRIGGER catalog_variant_options_key BEFORE INSERT OR UPDATE OF options_key ON catalog_variant
  FOR EACH ROW EXECUTE FUNCTION catalog_variant_true_options_key();
CREATE TRIGGER catalog_variantoption_inserted AFTER INSERT ON catalog_variantoption
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION catalog_variantoption_touch_key();
CREATE TRIGGER catalog_variantoption_deleted AFTER DELETE ON catalog_variantoption
  REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION catalog_variantoption_touch_key();
CREATE TRIGGER catalog_variantoption_updated_from AFTER UPDATE ON catalog_variantoption
  REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION catalog_variantoption_touch_key();
CREATE TRIGGER catalog_variantoption_updated_to AFTER UPDATE ON catalog_variantoption
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION catalog_variantoption_touch_key();
"""

NO_TRIGGERS = """
DROP TRIGGER catalog_variantoption_updated_to ON catalog_variantoption;
DROP TRIGGER catalog_variantoption_updated_from ON catalog_variantoption;
DROP TRIGGER catalog_variantoption_deleted ON catalog_variantoption;
DROP TRIGGER catalog_variantoption_inserted ON catalog_variantoption;
DROP TRIGGER catalog_variant_options_key ON catalog_variant;
DROP FUNCTION catalog_variantoption_touch_key();
DROP FUNCTION catalog_variant_true_options_key();
"""

_DUPLICATES = """
SELECT string_agg(DISTINCT first.sku || ' = ' || second.sku, ', ')
  FROM catalog_variant first
  JOIN catalog_variant second USING (product_id, options_key)
 WHERE first.id < second.id
"""


def fill_keys(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the variants of before their keys. Which of two equal ones goes, only people can say."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_variant SET options_key = NULL WHERE id IN (SELECT variant_id FROM catalog_variantoption)"
        )
        cursor.execute(_DUPLICATES)
        [duplicates] = cursor.fetchone()
    if duplicates:
        raise RuntimeError(
            f"These variants of one product have the same options: {duplicates}. "
            "Change the options of one of each pair, or delete it, and migrate again."
        )


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("catalog", "0003_picture_sizes")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("variant", "options_key", models.UUIDField(editable=False, null=True)),
        migrations.RunSQL(sql=TRIGGERS, reverse_sql=NO_TRIGGERS),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AddConstraint(
            "variant",
            models.UniqueConstraint(
                deferrable=models.Deferrable.DEFERRED,
                fields=("product", "options_key"),
                name="catalog_variant_one_a_combination",
            ),
        ),
    ]
