"""An order that waits for its money was told a day to pay by, and waits until that day is over in the shop's zone."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations

# At most a day is added, and nothing is taken away; what is over already stays as it is.
_LENGTHEN = """
    UPDATE orders_order
       SET expires_at = ((expires_at AT TIME ZONE %(zone)s)::date + 1)::timestamp AT TIME ZONE %(zone)s
                        - interval '1 microsecond'
     WHERE status = 'pending' AND expires_at IS NOT NULL
"""


def lengthen(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_LENGTHEN, {"zone": settings.TIME_ZONE})


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("orders", "0005_to_refund")]

    operations: ClassVar[list[migrations.RunPython]] = [migrations.RunPython(lengthen, migrations.RunPython.noop)]
