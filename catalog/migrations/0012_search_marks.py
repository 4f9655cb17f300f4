"""Marks of what products are found by, with the triggers that write them; every product is marked once, to begin with.

The consumer is new to the relay of this release, which therefore hears of it; `manage.py refresh_search` does the same.
"""

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from catalog.search import triggers as search_triggers

_MARK_ALL = """
INSERT INTO catalog_searchmark (kind, subject_id) SELECT 'product', id FROM catalog_product ORDER BY id;
SELECT catalog_tell_of_marks() WHERE EXISTS (SELECT FROM catalog_searchmark);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_places"),
        ("core", "0002_outbox"),
    ]

    operations = [
        migrations.RunSQL(sql=search_triggers.CREATE_FUNCTION, reverse_sql=search_triggers.DROP_FUNCTION),
        migrations.CreateModel(
            name="SearchMark",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("variant", "Variant"),
                            ("category", "Category"),
                            ("optionvalue", "Option Value"),
                        ],
                        max_length=16,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("marked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "default_permissions": (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'category', id FROM before JOIN after USING (id)\n         WHERE (before.name_en, before.name_fr, before.name_ar, before.parent_id) IS DISTINCT FROM (after.name_en, after.name_fr, after.name_ar, after.parent_id)\n    ;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="b217d46800337e5ddb05162cbace671176b92e9b",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_43eca",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="optionvalue",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'optionvalue', id FROM before JOIN after USING (id)\n         WHERE (before.name_en, before.name_fr, before.name_ar) IS DISTINCT FROM (after.name_en, after.name_fr, after.name_ar)\n    ;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="c9830a12e49137e822d909b670469cd70190c01d",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_e32c9",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_optionvalue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) SELECT 'product', id FROM after;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="e91e0fc6a02a9b9d51282b2654ef67ab7a737915",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_search_marks_after_insert_1c594",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_product",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="product",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'product', id FROM before JOIN after USING (id)\n         WHERE (before.name_en, before.name_fr, before.name_ar, before.brand, before.tags, before.category_id, before.search_text) IS DISTINCT FROM (after.name_en, after.name_fr, after.name_ar, after.brand, after.tags, after.category_id, after.search_text)\n     AND coalesce(current_setting('souk.search_refreshing', true), '') <> 'yes';\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="1dbb5a91a955ea3452ded6b00f2cf29d2d190c02",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_435ea",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_product",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) SELECT DISTINCT 'product', product_id FROM after;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="a5f69e38b93f1421fbbb30ffa6dff92e2c498e48",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_search_marks_after_insert_a0166",
                    referencing="REFERENCING NEW TABLE AS after ",
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
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'product', unnest(ARRAY[before.product_id, after.product_id]) FROM before JOIN after USING (id)\n         WHERE (before.product_id, before.sku, before.is_active) IS DISTINCT FROM (after.product_id, after.sku, after.is_active)\n    ;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="e5550a98a9c90b89508fb42d345be43218437f57",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_e0562",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) SELECT DISTINCT 'product', product_id FROM before;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="6b251ff7202926617fe457819211a8ea2c08d3a4",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_search_marks_after_delete_ade10",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_variant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) SELECT DISTINCT 'variant', variant_id FROM after;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="eedaf4e427fb66dc1a6b60590fd6d9b8aaf42b56",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_search_marks_after_insert_67b6b",
                    referencing="REFERENCING NEW TABLE AS after ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) \n        SELECT DISTINCT 'variant', unnest(ARRAY[before.variant_id, after.variant_id]) FROM before JOIN after USING (id)\n         WHERE (before.variant_id, before.value_id) IS DISTINCT FROM (after.variant_id, after.value_id)\n    ;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="b83519a6fef5df8c1bbb21f86834b2733b5d9764",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_search_marks_after_update_e4653",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variantoption",
            trigger=pgtrigger.compiler.Trigger(
                name="search_marks_after_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    INSERT INTO catalog_searchmark (kind, subject_id) SELECT DISTINCT 'variant', variant_id FROM before;\n    IF FOUND THEN\n        PERFORM catalog_tell_of_marks();\n    END IF;\n    RETURN NULL;\n",
                    hash="a8c16afeeda82ebbd0eb624db2c168bb32677f1c",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_search_marks_after_delete_69676",
                    referencing="REFERENCING OLD TABLE AS before ",
                    table="catalog_variantoption",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="searchmark",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["product", "variant", "category", "optionvalue"])),
                name="catalog_searchmark_kind_known",
            ),
        ),
        migrations.RunSQL(sql=_MARK_ALL, reverse_sql=migrations.RunSQL.noop),
    ]
