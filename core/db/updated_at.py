"""The triggers that move `updated_at` of what the API shows, whoever writes: services, the admin, or SQL by hand.

A row's own changes move it unless the writer did. Rows of other tables that are shown as part of it move it too, once
a transaction: what was moved since the transaction began needs no second time. They lock the rows of which they are a
part by id first, without their key, as other triggers of these tables do.
"""

import pgtrigger

_MOVE = """
    IF NEW.updated_at = OLD.updated_at THEN
        NEW.updated_at = clock_timestamp();
    END IF;
    RETURN NEW;
"""
_TOUCH = """
    PERFORM FROM {whole} WHERE id IN ({ids}) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;
    UPDATE {whole} SET updated_at = clock_timestamp() WHERE id IN ({ids}) AND updated_at < transaction_timestamp();
    RETURN NULL;
"""


def moved_by_changes(*, unless_only: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Move a row's `updated_at` at every change but those of the named columns alone."""
    # By its name it comes after the triggers that work out other columns of the row.
    return pgtrigger.Trigger(
        name="updated_at_moves",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(exclude=["updated_at", *unless_only]),
        func=_MOVE,
    )


def part_of(
    whole: str, *, column: str, shown: tuple[str, ...], through: str = "{ids}", rows_stay: bool = False
) -> list[pgtrigger.Trigger]:
    """Move `updated_at` of rows of the table `whole` when rows that are shown as part of them come, change or go.

    `column` leads to the whole, or to what `through`, a query around `{ids}`, leads on from. A change counts if one of
    the columns that are `shown` is another one. Rows that others refer to by a key that protects them need no look when
    they come and go: `rows_stay`.
    """
    before, after = (", ".join(f"{alias}.{name}" for name in (column, *shown)) for alias in ("before", "after"))
    changed = (
        f"SELECT unnest(ARRAY[before.{column}, after.{column}]) FROM before JOIN after USING (id) "  # noqa: S608
        f"WHERE ({before}) IS DISTINCT FROM ({after})"
    )
    updates = _touching(whole, pgtrigger.Update, through.format(ids=changed), old="before", new="after")
    if rows_stay:
        return [updates]
    came, went = (through.format(ids=f"SELECT {column} FROM {alias}") for alias in ("after", "before"))  # noqa: S608
    return [
        _touching(whole, pgtrigger.Insert, came, new="after"),
        updates,
        _touching(whole, pgtrigger.Delete, went, old="before"),
    ]


def came_to(whole: str, *, column: str) -> pgtrigger.Trigger:
    """Move `updated_at` of rows of the table `whole` when rows of an append-only table come to them."""
    return _touching(whole, pgtrigger.Insert, f"SELECT {column} FROM after", new="after")  # noqa: S608


def _touching(whole: str, operation: pgtrigger.Operation, ids: str, **referencing: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"updated_at_after_{str(operation).lower()}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**referencing),  # type: ignore[no-untyped-call]
        func=_TOUCH.format(whole=whole, ids=ids),
    )
