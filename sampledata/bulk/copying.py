"""COPY of rows that were drawn in Python."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from audit.recording import announce


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows into a table and return how many there were. The rows must not come from a
    query of the same connection, which is busy with the COPY."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    count = 0
    with transaction.atomic(), connection.cursor() as cursor:
        announce(connection)
        with cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
    return count
