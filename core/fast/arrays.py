"""Arrays of ids whose length PostgreSQL knows, so that it plans a statement once for so many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass
# The longest array that is written out value by value, and the most rows that one statement is kept for.
WRITTEN_OUT = 32


def padded(values: Sequence[Any]) -> list[Any]:
    """The values and the last one again until they are a power of two, which keeps statements few (see array())."""
    if not values:
        return []
    size = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]


def array(name: str, values: Sequence[Any], of: str = "uuid") -> tuple[str, dict[str, Any]]:
    """An array for a statement of our own, and its values by the names that stand in it.

    A short one is written out, which tells PostgreSQL how many values it has: it plans the statement once for so many.
    With an array that is one value it plans anew each time, since it guesses that there are more.
    """
    if len(values) > WRITTEN_OUT:
        return f"%({name})s::{of}[]", {name: list(values)}
    named = {f"{name}_{number}": value for number, value in enumerate(values)}
    return f"ARRAY[{', '.join(f'%({one})s' for one in named)}]::{of}[]", named
