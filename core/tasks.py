"""What the beat starts."""

from typing import Any

from celery import shared_task

from core import limits
from core.context import Door, through
from core.idempotency import sweep_idempotent_requests
from core.integrity import require_integrity
from core.outbox import services as outbox


@shared_task(name="core.tasks.sweep_idempotent_requests")
def sweep() -> int:
    """Forget idempotency keys that are past their time."""
    with through(Door.TASK):
        return sweep_idempotent_requests()


@shared_task(name="core.tasks.prune_rate_buckets")
def prune_rate_buckets() -> int:
    """Forget who has used up nothing of a limit any more."""
    with through(Door.TASK):
        return limits.prune_rate_buckets()


@shared_task(name="core.tasks.prune_outbox")
def prune_outbox() -> int:
    """Forget events that every consumer has had for long."""
    with through(Door.TASK):
        return outbox.prune_outbox()


@shared_task(name="core.tasks.check_integrity")
def check_integrity() -> dict[str, Any]:
    """Recompute the invariants. Drift fails the task, which staff sees on the admin's first page until it is mended."""
    with through(Door.TASK):
        return require_integrity()
