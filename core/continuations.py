"""What goes on after an effect is committed: something outside of the database that a request waits for.

An app registers each kind by name in its AppConfig's `continuations`, with the dotted path of a function that takes an
id, carries on from wherever it stands, and returns whether it is decided. It is called outside of transactions, may be
called again at any time, and by another process than the one that committed the effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast
from uuid import UUID

from django.utils.module_loading import import_string

from core.registry import souk_apps


@dataclass(frozen=True, slots=True)
class Continuation:
    """Something to carry on with, by the registered name of its kind and its id."""

    kind: str
    id: UUID


def carry_on(continuation: Continuation) -> bool:
    """Carry on, and return whether it is decided. Raises KeyError for a kind that no app registers."""
    return _functions()[continuation.kind](continuation.id)


@cache
def _functions() -> dict[str, Callable[[UUID], bool]]:
    paths: dict[str, str] = {}
    for config in souk_apps():
        paths |= config.continuations
    return {kind: cast(Callable[[UUID], bool], import_string(path)) for kind, path in paths.items()}
