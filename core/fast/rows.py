"""Rows that are written by statements whose SQL is worked out once in each process, as bulk_create() and save() do.

They are for what every order and cart writes: Django's own compile each statement anew and read back what is known. No
signal is sent here.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models, transaction
from django.db.models.expressions import DatabaseDefault

from core.fast.arrays import WRITTEN_OUT

Row = TypeVar("Row", bound=models.Model)
Field: TypeAlias = "models.Field[Any, Any]"


def add(row: Row) -> Row:
    """Write a new row. One query; raises IntegrityError."""
    add_all([row])
    return row


def add_all(rows: Iterable[Row]) -> list[Row]:
    """Write new rows of one model, which have values for the same columns, and return them. One query, none for none.

    Raises IntegrityError. What only the database knows of a row is read when it is asked for.
    """
    rows = list(rows)
    if not rows:
        return rows
    known, unknown = _columns(rows[0])
    if any(_columns(row)[0] != known for row in rows[1:]):
        raise ValueError("some of the rows leave a column to the database for which others have a value")
    if len(rows) > WRITTEN_OUT:  # so that no more statements are kept, each for its number of rows
        return type(rows[0])._base_manager.bulk_create(rows)  # noqa: SLF001  (documented API)
    here = connections[DEFAULT_DB_ALIAS]  # itself: its proxy looks for it at every name that is asked of it
    values = [field.get_db_prep_save(field.pre_save(row, True), here) for row in rows for field in known]
    with transaction.mark_for_rollback_on_error(), here.cursor() as cursor:
        cursor.execute(_insert(type(rows[0]), known, len(rows)), values)
    for row in rows:
        row._state.adding, row._state.db = False, here.alias  # noqa: SLF001  (documented API)
        for field in unknown:
            vars(row).pop(field.attname)
    return rows


def save_fields(row: models.Model, *names: str) -> None:
    """Write these fields of a row, and when it was changed. One query; raises DatabaseError if it is gone."""
    fields = _updated(type(row), names)
    here = connections[DEFAULT_DB_ALIAS]
    values = [field.get_db_prep_save(field.pre_save(row, False), here) for field in fields]
    with transaction.mark_for_rollback_on_error(), here.cursor() as cursor:
        cursor.execute(_update(type(row), fields), [*values, row.pk])
        if not cursor.rowcount:
            raise DatabaseError(f"There is no {row._meta.label} {row.pk} to be saved.")


def _columns(row: models.Model) -> tuple[tuple[Field, ...], list[Field]]:
    """The fields that a new row has a value for, and those that the database fills in."""
    fields: Sequence[Field] = row._meta.concrete_fields
    unknown = [field for field in fields if _is_left_to_database(field, row)]
    return tuple(field for field in fields if field not in unknown), unknown


def _is_left_to_database(field: Field, row: models.Model) -> bool:
    is_stamped = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return not is_stamped and isinstance(getattr(row, field.attname), DatabaseDefault)


@cache
def _insert(model: type[models.Model], fields: tuple[Field, ...], count: int) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = "({})".format(", ".join(["%s"] * len(fields)))
    rows = ", ".join([places] * count)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {rows}"  # noqa: S608  (a model's names)


@cache
def _updated(model: type[models.Model], names: tuple[str, ...]) -> tuple[Field, ...]:
    fields: Sequence[Field] = model._meta.concrete_fields
    if unknown := set(names) - {field.name for field in fields}:
        raise ValueError(f"not fields of {model._meta.label}: {sorted(unknown)}")
    return tuple(field for field in fields if field.name in names or getattr(field, "auto_now", False))


@cache
def _update(model: type[models.Model], fields: tuple[Field, ...]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"UPDATE {table} SET {columns} WHERE {key} = %s"  # noqa: S608  (a model's names)
