"""The kind of task for invariants that do not hold, raised by the nightly look at all of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.actions import CoreAction
from core.integrity import Report, registered
from desk.kinds import HIGH, Cause, TaskKind
from desk.services import raise_task, settle_tasks

INTEGRITY_FAILED = "desk.integrity_failed"

TASK_KINDS = (
    TaskKind(
        code=INTEGRITY_FAILED,
        label=_("Integrity check failed"),
        title=_("Integrity check %(check)s failed: %(count)s rows"),
        action=CoreAction.VIEW_FAILED_TASK,
        priority=HIGH,
    ),
)


def follow_report(*, report: Report, **_signal: Any) -> None:
    """Raise a task for each check that does not hold, and settle those of the checks that hold again."""
    broken = {outcome.code: outcome for outcome in report.outcomes if outcome.violations or outcome.error}
    for code, outcome in broken.items():
        cause = Cause(object_id=code, params={"check": code, "count": outcome.violations})
        raise_task(kind=INTEGRITY_FAILED, cause=cause)
    settle_tasks(kind=INTEGRITY_FAILED, object_ids=registered().keys() - broken.keys())
