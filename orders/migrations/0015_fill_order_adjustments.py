"""Make the adjustments of lines that had a discount before, which imports alone gave, in batches that lock little."""

from typing import Any, ClassVar

from django.db import migrations

_BATCH = 5_000
_FILL = """
    WITH batch AS MATERIALIZED (
             SELECT id, order_id, quantity, discount_minor, created_at
               FROM orders_orderline WHERE id > %(after)s ORDER BY id LIMIT %(batch)s),
         filled AS (
             INSERT INTO orders_orderadjustment
                    (id, created_at, updated_at, order_id, line_id, kind, source, code, units, amount_minor, reason)
             SELECT uuidv7(), created_at, now(), order_id, id, 'discount', 'import', '', quantity, discount_minor, ''
               FROM batch WHERE discount_minor > 0
             ON CONFLICT (line_id, source, code) DO NOTHING)
    SELECT max(id::text) FROM batch
"""


def fill(apps: Any, schema_editor: Any) -> None:
    after = "00000000-0000-0000-0000-000000000000"
    with schema_editor.connection.cursor() as cursor:
        while after is not None:
            cursor.execute(_FILL, {"after": after, "batch": _BATCH})
            (after,) = cursor.fetchone()


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0014_order_adjustments")]
    operations: ClassVar[list[migrations.RunPython]] = [migrations.RunPython(fill, migrations.RunPython.noop)]
