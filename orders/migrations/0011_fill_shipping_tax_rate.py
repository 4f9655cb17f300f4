"""Fill in the tax rate of shipping of orders that have tax on it, in batches that lock little.

It is the rate of the tax step in which, beside the tax of the lines with that rate, the tax on shipping is left. The
trigger that moves `updated_at` does not know the column yet, so that no client reads all orders anew.
"""

from typing import Any, ClassVar

from django.db import migrations

_BATCH = 5_000
_FILL = """
    WITH batch AS MATERIALIZED (
             SELECT id FROM orders_order WHERE id > %(after)s ORDER BY id LIMIT %(batch)s),
         found AS (
             SELECT DISTINCT ON (held.id) held.id, rate
               FROM batch
               JOIN orders_order AS held USING (id)
              CROSS JOIN LATERAL jsonb_array_elements(held.price_steps) WITH ORDINALITY AS step (data, place)
              CROSS JOIN LATERAL (SELECT coalesce(data -> 'detail' ->> 'rate', '0')::numeric AS rate,
                                         (data ->> 'minor')::bigint AS minor) AS tax
              WHERE held.shipping_tax_minor <> 0 AND held.shipping_tax_rate = 0 AND rate <> 0
                AND tax.minor - held.shipping_tax_minor
                    = (SELECT coalesce(sum(line.tax_minor), 0) FROM orders_orderline AS line
                        WHERE line.order_id = held.id AND line.tax_rate = rate)
              ORDER BY held.id, place),
         filled AS (
             UPDATE orders_order AS held SET shipping_tax_rate = found.rate FROM found WHERE held.id = found.id)
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
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0010_shipping_tax_rate")]
    operations: ClassVar[list[migrations.RunPython]] = [migrations.RunPython(fill, migrations.RunPython.noop)]
