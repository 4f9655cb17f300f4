"""Locks, in one order, and by id within one kind.

Cart → Order → Payment → Payment operation → Credit → Voucher → Variant → Stock → document number.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.db import connection, models
from django.db.models import QuerySet
from django.utils.translation import get_language

if TYPE_CHECKING:
    from core.fast.compiled import Compiled

Row = TypeVar("Row", bound=models.Model)
# The longest array that is written out value by value, and the most rows that one statement is kept for.
WRITTEN_OUT = 32


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


def remember(instance: models.Model, relation: str, rows: Sequence[models.Model]) -> None:
    """Let the rows that are known be read from the instance's relation without asking the database.

    It is a relation that another model's foreign key makes. What is narrowed further asks, as after prefetching.
    """
    related, field = _related(type(instance), relation, get_language())
    known = related._chain()  # type: ignore[attr-defined]  # noqa: SLF001
    known._deferred_filter = False, (), {field.name: instance}  # noqa: SLF001  (this and the next as its manager does)
    known._known_related_objects = {field: {instance.pk: instance}}  # noqa: SLF001
    known._result_cache = list(rows)  # noqa: SLF001  (as prefetching leaves it)
    known._prefetch_done = True  # noqa: SLF001
    vars(instance).setdefault("_prefetched_objects_cache", {})[relation] = known


@cache
def _related(model: type[models.Model], relation: str, _language: str | None) -> "tuple[QuerySet[Any], Any]":
    """All rows of the model that refers to this one, as they are sorted in this language, and by which foreign key."""
    found = model._meta.get_field(relation)
    if not isinstance(found, models.ManyToOneRel):
        raise TypeError(f"{relation} of {model._meta.label} is not made by a foreign key")
    return found.related_model._default_manager.all(), found.field


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


def prepared_rows(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement of our own, which is planned once a connection like the ORM's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
