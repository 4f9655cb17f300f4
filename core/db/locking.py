"""Locks, in one order, and by id within one kind.

Cart → Order → Payment → Payment operation → Credit → Voucher → Variant → Stock → document number.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.db import connection, models
from django.db.models import QuerySet

if TYPE_CHECKING:
    from core.fast.compiled import Compiled

Row = TypeVar("Row", bound=models.Model)


@overload
def lock_rows(rows: "QuerySet[Row]", *, no_key: bool = False) -> list[Row]: ...
@overload
def lock_rows(rows: "Compiled[Row]", *, no_key: bool = False, **given: Any) -> list[Row]: ...
def lock_rows(rows: "QuerySet[Row] | Compiled[Row]", *, no_key: bool = False, **given: Any) -> list[Row]:
    """Lock and read the rows at once, ordered by id. A lazy queryset would lock nothing. Needs a transaction.

    With `no_key` rows that refer to them may be written meanwhile, which is for changes that leave their keys alone.
    `given` are the values of a compiled queryset.
    """
    if isinstance(rows, QuerySet):
        return list(for_update(rows, no_key=no_key))
    return rows.lock(no_key=no_key, **given)


def for_update(queryset: "QuerySet[Row]", *, no_key: bool = False) -> "QuerySet[Row]":
    """What lock_rows() reads."""
    return queryset.order_by("id").select_for_update(of=("self",), no_key=no_key)


def quoted(words: Iterable[str]) -> str:
    """Return constants of ours, such as states, as a list of literals of SQL, sorted."""
    return ", ".join(f"'{word}'" for word in sorted(words))


def literals(states: type[StrEnum] | type[models.TextChoices]) -> SimpleNamespace:
    """Return the values of an enumeration as literals of SQL, by their names: `literals(OrderStatus).PENDING`."""
    return SimpleNamespace(**{state.name: f"'{state.value}'" for state in states})


def require_transaction() -> None:
    """Refuse work that would be half-written without a transaction around it."""
    if not connection.in_atomic_block:
        raise RuntimeError("call this inside transaction.atomic()")


def prepared_rows(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement of our own, which is planned once a connection like the ORM's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
