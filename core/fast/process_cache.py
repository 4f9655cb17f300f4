"""What every page shows and nobody changes by the minute, kept in each process for some seconds."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

KEPT_SECONDS = 60

_Value = TypeVar("_Value")
# What was kept under an earlier generation is forgotten.
_generation = 0


class ProcessCache(Generic[_Value]):
    """Values by key, each made anew when it is older than KEPT_SECONDS. Of two threads that find none both make it."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[int, float, _Value]] = {}

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value of a key, made if there is none. The keys have to be few: none is ever taken out."""
        now = time.monotonic()
        kept = self._values.get(key)
        if kept is not None and kept[0] == _generation and kept[1] >= now:
            return kept[2]
        value = make()
        self._values[key] = (_generation, now + KEPT_SECONDS, value)
        return value


def forget() -> None:
    """Keep nothing of what was kept so far in this process."""
    global _generation  # noqa: PLW0603  (one number for all that is kept)
    _generation += 1
