"""What goes to the processes of a storm and what comes back, and how they start. No models: settings come first."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process's share of a round: clients, who come over so many connections for the same stock."""

    seed: str
    clients: int
    connections: int
    variants: list[UUID]
    units: int
    hold_seconds: float
    # By the clock of the machine; a round that is not over by then has lost a unit somewhere.
    until: float


@dataclass(slots=True)
class Tally:
    """What happened. Only appended to, which threads may do at once."""

    seconds: list[float] = field(default_factory=list)  # of each place_order that made an order
    answers: list[tuple[UUID, UUID]] = field(default_factory=list)  # the cart, and the order that it was told
    kept: list[UUID] = field(default_factory=list)  # orders that their shoppers rely on
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # what nobody may be told: errors that are no refusals
    did: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for one in fields(self):
            getattr(self, one.name).extend(getattr(other, one.name))


def counted(words: Iterable[str]) -> str:
    """How often each word comes, the most frequent first."""
    return ", ".join(f"{word} {number}" for word, number in Counter(words).most_common())


# Units of each variant that were bought for good, in all processes together: an array of multiprocessing's.
Kept = Any
_kept: Kept = None


def start_process(kept: Kept, without_locks: bool) -> None:
    """Make a process ready to take part."""
    global _kept  # noqa: PLW0603  (a process's own; the pool hands over nothing else that is shared)
    _kept = kept
    import django  # noqa: PLC0415  (the environment decides where)

    django.setup()
    if without_locks:
        unlock()


def run_in_process(run: Callable[[Part, Kept], Tally], part: Part) -> Tally:
    """Take part with what start_process was given."""
    return run(part, _kept)


def unlock() -> None:
    """Have stock read without a lock: what the storm has to notice."""
    from inventory import locking  # noqa: PLC0415  (models need the settings)
    from tests.races import without_lock  # noqa: PLC0415

    locking.lock_rows = without_lock
