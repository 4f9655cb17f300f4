"""What holds of the shop's settings: each row is of a setting that an app declares, with a value that it may have."""

from collections.abc import Iterator

from django.db import connection
from psycopg import sql

from core.errors import InvalidInput
from core.integrity import Check
from core.shop_settings.models import ShopSetting
from core.shop_settings.registry import all_settings

_NONE = "SELECT NULL AS id, NULL AS subject, NULL AS expected, NULL AS actual WHERE false"


def _wrong() -> Iterator[tuple[str, str, str, str]]:
    for row in ShopSetting.objects.all():
        shown = str(row.value)[:200]
        if (setting := all_settings().get(row.name)) is None:
            yield str(row.pk), row.name, "a setting that an app declares", shown
            continue
        try:
            setting.load(row.value)
        except InvalidInput as refusal:
            yield str(row.pk), row.name, str(refusal), shown


def _query() -> str:
    """Return the rows that Python finds wrong, written out: what a value may be is said in one place."""
    connection.ensure_connection()
    rows = [sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, row))) for row in _wrong()]
    if not rows:
        return _NONE
    found = sql.SQL("SELECT * FROM (VALUES {}) AS wrong (id, subject, expected, actual)")
    return found.format(sql.SQL(", ").join(rows)).as_string(connection.connection)


SETTINGS = (
    Check(code="core.shop_settings", title="A shop setting is known and has a value that it may have.", query=_query),
)
