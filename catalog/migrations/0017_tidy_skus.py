"""Every SKU in plain characters, and none that differs from another in the case of its letters only.

What staff has to decide is told, and nothing is changed: which of two variants keeps its SKU.
"""

from typing import Any

from django.core.management.base import CommandError
from django.db import migrations

from core.text.codes import plain_code

_SHOWN = 20
# All but a few are of ASCII's visible characters, and stay as they are.
_UNUSUAL = r"SELECT id, sku FROM catalog_variant WHERE sku !~ '^[!-~]+$' ORDER BY id"
_TWINS = f"""
    SELECT string_agg(sku, ' = ' ORDER BY sku) FROM catalog_variant GROUP BY upper(sku) HAVING count(*) > 1
     ORDER BY 1 LIMIT {_SHOWN}
"""  # noqa: S608  a constant


def tidy(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_UNUSUAL)
        changed = [
            (plain_code(sku), variant_id, sku) for variant_id, sku in cursor.fetchall() if plain_code(sku) != sku
        ]
        if empty := [str(variant_id) for plain, variant_id, _sku in changed if not plain]:
            raise CommandError(
                f"These variants have a SKU that shows nothing; give them one: {', '.join(empty[:_SHOWN])}"
            )
        # One column is unique as it stands, so that two which become one are found before.
        plains = [plain for plain, *_rest in changed]
        cursor.execute("SELECT sku FROM catalog_variant WHERE sku = ANY (%s)", [plains])
        taken = {sku for (sku,) in cursor.fetchall()} | {plain for plain in plains if plains.count(plain) > 1}
        if taken:
            _tell([f"{sku!r} = {plain!r}" for plain, _id, sku in changed if plain in taken])
        cursor.executemany("UPDATE catalog_variant SET sku = %s WHERE id = %s", [one[:2] for one in changed])
        cursor.execute(_TWINS)
        if twins := [pair for (pair,) in cursor.fetchall()]:
            _tell(twins)


def _tell(pairs: list[str]) -> None:
    raise CommandError(
        "These SKUs are the same but for capitals or characters that look alike. Rename one of each pair in the admin"
        f" (Catalogue, Variants), then migrate again: {'; '.join(pairs[:_SHOWN])}"
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_pictures_of_several_variants")]

    operations = [migrations.RunPython(tidy, migrations.RunPython.noop)]
