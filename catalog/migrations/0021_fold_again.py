"""Search text and tags are folded in another way now: tags here, a thousand products at a time, the rest by the marks."""

from typing import Any

from django.db import migrations

from core.text.cleaning import fold

_BATCH = 1_000
_LENGTH = 40
_MARK_ALL = """
INSERT INTO catalog_searchmark (kind, subject_id) SELECT 'product', id FROM catalog_product ORDER BY id
"""


def fold_tags(apps: Any, schema_editor: Any) -> None:
    """Products whose tags have more than ASCII's letters; the others are what they were."""
    products = apps.get_model("catalog", "Product").objects
    rows = products.exclude(tags=[]).filter(search_text__regex="[^ -~]").order_by("pk").only("pk", "tags")
    batch = list(rows[:_BATCH])
    while batch:
        changed = []
        for product in batch:
            tags = list(dict.fromkeys(tag for given in product.tags if (tag := fold(given)[:_LENGTH])))
            if tags != product.tags:
                product.tags = tags
                changed.append(product)
        products.bulk_update(changed, ["tags"])
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:_BATCH])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0020_mend_plain_columns")]
    operations = [
        # Folding again changes nothing, so whoever runs it after a stop may do so. Backwards there is nothing to do:
        # `manage.py refresh_search` of the earlier version writes its own.
        migrations.RunPython(fold_tags, migrations.RunPython.noop),
        migrations.RunSQL(
            [_MARK_ALL, "SELECT catalog_tell_of_marks() WHERE EXISTS (SELECT FROM catalog_product)"],
            migrations.RunSQL.noop,
        ),
    ]
