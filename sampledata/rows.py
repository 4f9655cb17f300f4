"""Finding the rows of the demo shop again: each keeps where it comes from and its key there."""

from collections.abc import Iterable
from typing import TypeVar

from core.models import OriginModel
from sampledata.content import LANGUAGES, Words

SOURCE = "sampledata"

Row = TypeVar("Row", bound=OriginModel)


def rows_by_key(model: type[Row]) -> dict[str, Row]:
    """The demo shop's rows of a model, by their keys."""
    return {str(row.source_key): row for row in model._default_manager.filter(source=SOURCE)}


def insert_missing(model: type[Row], rows: Iterable[Row]) -> dict[str, Row]:
    """Insert the rows whose key is not there yet and return the demo shop's rows by key; what is there stays."""
    present = rows_by_key(model)
    new = [row for row in rows if row.source_key not in present]
    for row in new:
        row.source = SOURCE
    model._default_manager.bulk_create(new)
    return present | {str(row.source_key): row for row in new}


def translated(field: str, words: Words) -> dict[str, str]:
    """The columns of a translated field."""
    return {f"{field}_{language}": words[language] for language in LANGUAGES}
