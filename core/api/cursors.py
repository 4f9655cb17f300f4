"""Cursors: where in a sorted list a page begins. They are signed, and say nothing to who reads them.

A page costs the same at any depth where an index has the order, and rows that are added or taken out meanwhile neither
repeat nor hide others. What rows are sorted by must not be NULL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.core import signing
from django.db.models import Model, Q, QuerySet

from core.errors import InvalidInput

_SALT = "core.api.cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row beside which a page lies: after it, or with `is_back` before it."""

    ordering: tuple[str, ...]
    values: tuple[Any, ...]
    is_back: bool = False

    @classmethod
    def at(cls, row: Model, ordering: Sequence[str], *, is_back: bool = False) -> Self:
        """The cursor of the page after (or before) a row."""
        return cls(tuple(ordering), tuple(_value(row, name.lstrip("-")) for name in ordering), is_back)

    @classmethod
    def decode(cls, text: str, ordering: Sequence[str]) -> Self:
        """Read a cursor. Raises InvalidInput for one that is not ours, or that belongs to another sorting."""
        try:
            names, packed, is_back = signing.loads(text, salt=_SALT)
        except signing.BadSignature as error:
            raise InvalidInput(code="invalid_cursor", field="cursor") from error
        if names != list(ordering):
            raise InvalidInput(code="other_ordering", field="cursor")
        return cls(tuple(ordering), tuple(map(_unpacked, packed)), is_back)

    def encode(self) -> str:
        """The cursor as text for an address."""
        return signing.dumps([self.ordering, [_packed(value) for value in self.values], self.is_back], salt=_SALT)

    def condition(self) -> Q:
        """What the rows of the page fulfil."""
        beyond = Q()
        for name, value in reversed(list(zip(self.ordering, self.values, strict=True))):
            column = name.removeprefix("-")
            wants_less = name.startswith("-") is not self.is_back
            past, level = ("lt", "lte") if wants_less else ("gt", "gte")
            strictly = Q(**{f"{column}__{past}": value})
            # The first condition alone says where an index is to be entered.
            beyond = Q(**{f"{column}__{level}": value}) & (strictly | beyond) if beyond else strictly
        return beyond


def total_ordering(rows: QuerySet[Any]) -> tuple[str, ...]:
    """What rows are sorted by, with the id at the end, without which equals would have no order."""
    names = tuple(rows.query.order_by or rows.model._meta.ordering)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"{names} is not made of names")
    if {"id", "-id", "pk", "-pk"} & set(names):
        return names
    return (*names, "-id" if names and names[-1].startswith("-") else "id")


def turned(ordering: Sequence[str]) -> list[str]:
    """The opposite order."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _packed(value: Any) -> Any:
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case UUID():
            return {"id": str(value)}
        case int() | str():
            return value
    raise TypeError(f"{value!r} cannot be in a cursor")


def _unpacked(value: Any) -> Any:
    match value:
        case {"time": str(text)}:
            return datetime.fromisoformat(text)
        case {"id": str(text)}:
            return UUID(text)
    return value
