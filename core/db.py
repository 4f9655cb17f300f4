"""Locks, in one order everywhere: Cart → Order → Payment → Credit → Voucher → Stock → document number; by id within."""

from typing import TypeVar

from django.db import connection, models
from django.db.models import QuerySet

Row = TypeVar("Row", bound=models.Model)


def lock_rows(queryset: "QuerySet[Row]", *, no_key: bool = False) -> list[Row]:
    """Lock and read the rows at once, ordered by id. A lazy queryset would lock nothing. Needs a transaction.

    With `no_key` rows that refer to them may be written meanwhile, which is for changes that leave their keys alone.
    """
    return list(queryset.order_by("id").select_for_update(of=("self",), no_key=no_key))


def require_transaction() -> None:
    """Refuse work that would be half-written without a transaction around it."""
    if not connection.in_atomic_block:
        raise RuntimeError("call this inside transaction.atomic()")
