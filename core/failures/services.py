"""What becomes of tasks that fail. Safe to call for any task, any number of times."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from core import clock
from core.db.ids import new_id
from core.errors import DomainError, NotFound
from core.failures.models import FailedTask
from core.queue import send_on_commit
from core.text.redaction import redact_text

_ERROR_LENGTH = 1000
_TRACEBACK_LENGTH = 20_000
# A worker that died says nothing; after this long a task may be sent again although nobody heard of it.
_PATIENCE = timedelta(minutes=5)

_RECORD = """
INSERT INTO core_failedtask AS held (id, name, arguments, error, traceback, created_at, failed_at)
VALUES (%(id)s, %(name)s, %(arguments)s::jsonb, %(error)s, %(traceback)s, %(now)s, %(now)s)
ON CONFLICT (name, arguments) WHERE resolved_at IS NULL DO UPDATE
SET error = EXCLUDED.error, traceback = EXCLUDED.traceback, failed_at = EXCLUDED.failed_at, times = held.times + 1
"""


class AlreadyRetried(DomainError):
    """The task was sent again a moment ago, or has succeeded."""

    code = "already_retried"
    message = _("This task was sent again already.")


def record_failure(*, name: str, arguments: Mapping[str, Any], error: str, traceback: str = "") -> None:
    """Keep that a task failed. The same task with the same arguments has one row until it succeeds."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "id": new_id(),
                "name": name,
                "arguments": json.dumps(arguments, default=str),
                # The database's text holds no NUL.
                "error": redact_text(error.replace("\0", ""))[:_ERROR_LENGTH],
                "traceback": redact_text(traceback.replace("\0", ""))[-_TRACEBACK_LENGTH:],
                "now": clock.now(),
            },
        )


def resolve_failure(*, name: str, arguments: Mapping[str, Any]) -> None:
    """A task succeeded: if it had failed with these arguments, that is over."""
    same = json.loads(json.dumps(arguments, default=str))
    FailedTask.objects.filter(name=name, arguments=same, resolved_at=None).update(resolved_at=clock.now())


@transaction.atomic
def retry_task(*, failed_task_id: UUID) -> FailedTask:
    """Send a failed task again; its success resolves the row. Raises NotFound, AlreadyRetried."""
    now = clock.now()
    row = FailedTask.objects.select_for_update().filter(pk=failed_task_id).first()
    if row is None:
        raise NotFound
    # Under way unless it failed anew, or was not heard of for long.
    under_way = row.retried_at is not None and row.failed_at <= row.retried_at and now - row.retried_at < _PATIENCE
    if row.resolved_at or under_way:
        raise AlreadyRetried
    row.retried_at = now
    row.save(update_fields=["retried_at"])
    send_on_commit(row.name, **row.arguments)
    return row
