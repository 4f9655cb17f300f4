"""The tables of a run in schema etl_staging: unlogged, all text, filled by COPY, dropped when a later run begins."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from json import dumps
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from core.text.cleaning import visible
from etl.source import Source
from etl.stream import Stream, staged_name

SCHEMA = "etl_staging"
_PREFIX_LENGTH = len("r123456789abc_")
# PostgreSQL's text cannot hold NUL; a lone surrogate is a byte that was no UTF-8.
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Staging:
    """Names the tables of one run; the same for the same run."""

    run_id: UUID

    @property
    def prefix(self) -> str:
        # The last digits of a UUIDv7 are its random ones.
        return f"r{self.run_id.hex[-12:]}_"

    def table(self, name: str) -> sql.Identifier:
        return sql.Identifier(SCHEMA, self.prefix + name)

    def stream(self, name: str) -> sql.Identifier:
        """The raw rows of a stream."""
        return self.table(f"s_{name}")

    def shaped(self, entity: str) -> sql.Identifier:
        """An entity's columns, still text."""
        return self.table(f"e_{entity}")

    def ready(self, entity: str) -> sql.Identifier:
        """The rows that passed, typed, with what is to be done with each."""
        return self.table(f"ready_{entity}")

    @property
    def problems(self) -> sql.Identifier:
        return self.table("problems")

    @property
    def emptied(self) -> sql.Identifier:
        """The values that were left out by the mapping's rule, of rows that were not rejected for them."""
        return self.table("emptied")


def trusted(text: str) -> sql.SQL:
    """SQL of our own or of a mapping, which is reviewed like code."""
    return sql.SQL(text)


def execute(query: sql.Composable) -> int:
    """Run a statement; returns how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.rowcount)


def fetch(query: sql.Composable) -> list[tuple[Any, ...]]:
    """Run a query that has a bounded number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def copy_stream(source: Source, stream: Stream, table: sql.Identifier) -> int:
    """Make a stream's table and fill it; memory holds one chunk. Returns how many rows came."""
    columns = [sql.Identifier(staged_name(column)) for column in stream.columns]
    definition = sql.SQL(", ").join(sql.SQL("{} text").format(column) for column in columns)
    execute(sql.SQL("CREATE UNLOGGED TABLE {} (_row bigint NOT NULL, _unreadable text, {})").format(table, definition))
    names = sql.SQL(", ").join([sql.Identifier("_row"), sql.Identifier("_unreadable"), *columns])
    count = 0
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for count, row in enumerate(_rows(source, stream), start=1):
            copy.write_row((count, *row))
    execute(sql.SQL("ANALYZE {}").format(table))
    return count


def _rows(source: Source, stream: Stream) -> Iterator[list[str | None]]:
    for chunk in source.chunks(stream):
        for row in chunk:
            yield _storable([_shown(as_text(value)) for value in row], stream.columns)


def _shown(text: str | None) -> str | None:
    """What can be seen of a text, the one place where a source's blanks and invisible characters are taken off.

    Keys, references, words of lookups and numbers are compared without them.
    """
    return text if text is None else visible(text)


def _storable(values: list[str | None], columns: Sequence[str]) -> list[str | None]:
    """The row behind the names of its columns that no text can hold; those keep what is readable of them."""
    broken = []
    for index, value in enumerate(values):
        if value is None or (value.isascii() and "\x00" not in value):
            continue
        clean = value.replace("\x00", _REPLACEMENT).encode("utf-8", "replace").decode()
        if clean != value:
            values[index] = clean
            broken.append(columns[index])
    return [", ".join(broken) or None, *values]


def as_text(value: Any) -> str | None:
    """A driver's value as text that PostgreSQL reads back exactly; a float as its shortest digits."""
    match value:
        case None | str():
            text = value
        case bool():
            text = "true" if value else "false"
        case Decimal():
            text = format(value, "f")
        case bytes() | bytearray() | memoryview():
            text = "\\x" + bytes(value).hex()
        case dict() | list():
            # Not orjson, which refuses integers of more than 64 bits and half characters.
            text = dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
        case _:
            text = str(value)  # of a float the shortest digits, of a date the ISO form
    return text


def drop_tables(run_ids: Iterable[UUID]) -> int:
    """Drop what these runs have staged; returns how many tables there were."""
    prefixes = {Staging(run_id).prefix for run_id in run_ids}
    found = fetch(sql.SQL("SELECT tablename FROM pg_tables WHERE schemaname = {}").format(sql.Literal(SCHEMA)))
    names = [name for (name,) in found if name[:_PREFIX_LENGTH] in prefixes]
    for name in names:
        execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, name)))
    return len(names)
