"""A stream of rows out of a source, and what its columns are called in staging."""

import re
from dataclasses import dataclass

# The staging's own columns: the row's number, and which of its columns could not be read.
RESERVED = ("_row", "_unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Rows read from the source: a table's columns, or a query in the source's own SQL."""

    name: str
    columns: tuple[str, ...]
    table: str = ""
    schema: str | None = None
    query: str = ""


def staged_name(column: str) -> str:
    """What a source's column is called in staging, so that SQL can name it without quotes."""
    return re.sub(r"\W", "_", column.lower())
