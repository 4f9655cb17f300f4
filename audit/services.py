"""The two ways in which something leaves the audit: by age, and because a person's data are erased."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import connection, transaction

from audit.models import Change
from core.db.locking import require_transaction

_CHUNK = 5_000

_REDACT = """
WITH erased AS (SELECT %s::text AS model, %s::text[] AS ids, %s::text[] AS parents, %s::text[] AS columns),
blackened AS (
    SELECT
        change.id,
        (SELECT jsonb_object_agg(key, CASE WHEN key = ANY(columns) THEN '"…"' ELSE value END)
         FROM jsonb_each(change.before)) AS before,
        (SELECT jsonb_object_agg(key, CASE WHEN key = ANY(columns) THEN '"…"' ELSE value END)
         FROM jsonb_each(change.after)) AS after
    FROM audit_change change JOIN erased USING (model)
    WHERE (change.object_id = ANY(erased.ids) OR change.parent_id = ANY(erased.parents))
      AND (change.before ?| erased.columns OR change.after ?| erased.columns)
)
UPDATE audit_change SET before = blackened.before, after = blackened.after
FROM blackened WHERE audit_change.id = blackened.id
"""


def prune_changes(*, before: datetime, dry_run: bool = False) -> int:
    """Forget the changes made before a moment, a chunk a transaction. Returns how many; a dry run only counts."""
    old = Change.objects.filter(created_at__lt=before)
    if dry_run:
        return old.count()
    forgotten = 0
    while True:
        with transaction.atomic(), pgtrigger.ignore("audit.Change:append_only"):
            chunk = list(old.order_by("created_at").values_list("pk", flat=True)[:_CHUNK])
            deleted, _ = Change.objects.filter(pk__in=chunk).delete()
        forgotten += deleted
        if len(chunk) < _CHUNK:
            return forgotten


def redact_changes(
    *,
    model: str,
    object_ids: Collection[object] = (),
    parent_ids: Collection[object] = (),
    columns: Collection[str],
) -> int:
    """Blacken columns in all that is recorded of some rows: that they changed stays, to what does not.

    The rows are named by their ids, or by those of the rows that they are parts of, which finds deleted ones too.

    Returns the number of changes that were touched. Must be called in the transaction of the erasure, after it: the
    erasure is a change as well, and tells what was there before.
    """
    require_transaction()
    arguments: list[Any] = [model, [str(pk) for pk in object_ids], [str(pk) for pk in parent_ids], list(columns)]
    with pgtrigger.ignore("audit.Change:append_only"), connection.cursor() as cursor:
        cursor.execute(_REDACT, arguments)
        return int(cursor.rowcount)
