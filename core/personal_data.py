"""What the shop keeps of a person: each app says for itself what it has, and how to erase it.

Each app names its keeper in its AppConfig as `personal_data`, with the kind of rows that it locks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.utils.module_loading import import_string

from core.db.locking import require_transaction
from core.registry import souk_apps

# What stands where a name or an address was.
ERASED = "–"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data: the account, and the e-mail address if they have shown that it is theirs."""

    id: UUID
    email: str | None


class PersonalData:
    """What one app keeps of people. An app that keeps nothing of a kind leaves its method as it is."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        """Everything about the person, as named lists of rows in plain types."""
        return ()

    def lock_for_erasure(self, person: Person) -> None:
        """Lock what will be erased, and raise a DomainError while it is still needed. Called in a transaction."""

    def erase(self, person: Person) -> None:
        """Erase it, and keep what the law needs. Called in the same transaction, when nobody objected."""


@cache
def keepers() -> tuple[PersonalData, ...]:
    """One keeper of each app that has any, in the order in which their rows are locked."""
    declared = [app.personal_data for app in souk_apps() if app.personal_data]
    return tuple(import_string(one.keeper)() for one in sorted(declared, key=lambda one: one.locks))


def export(person: Person) -> Iterator[bytes]:
    """A JSON object with everything about a person, piece by piece, so that its length does not matter."""
    opening = b"{"
    for keeper in keepers():
        for name, rows in keeper.sections(person):
            yield opening + orjson.dumps(name) + b": ["
            opening, comma = b",\n", b"\n"
            for row in rows:
                yield comma + orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS)
                comma = b",\n"
            yield b"]"
    yield b"}\n"


def erase(person: Person) -> None:
    """Erase a person from every app, or from none. Call it in a transaction. Raises what a keeper objects with."""
    require_transaction()
    for keeper in keepers():
        keeper.lock_for_erasure(person)
    for keeper in keepers():
        keeper.erase(person)
