"""Writes to staff tasks.

Raising is idempotent: while a cause lasts, its object has one task of the kind, open or closed. Settling locks the
tasks before it reads what still has a cause, so a cause that comes meanwhile finds its task either there or settled,
and then is raised anew.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from core import clock
from core.db.locking import lock_rows
from core.errors import InvalidTransition, NotFound
from core.staff import may
from desk.errors import AssigneeCannotSee, CauseIsGone
from desk.kinds import Cause, TaskKind, all_kinds
from desk.models import StaffTask
from desk.states import CLOSED, TRANSITIONS, TaskState

_BATCH = 500


class _Unset:
    """Stands for what is not given, where None is a value."""


UNSET = _Unset()


@transaction.atomic
def raise_task(*, kind: str, cause: Cause) -> StaffTask:
    """Have staff do something about an object, and return the one task that its cause has.

    A task that is there is brought up to date; one that staff closed stays closed while the cause lasts, unless its
    kind `reopens` and the cause has changed.
    """
    declared = all_kinds()[kind]
    while True:
        new = StaffTask(
            kind=kind,
            object_id=cause.object_id,
            params=dict(cause.params),
            priority=declared.priority,
            assignee_id=cause.assignee_id,
            due_at=cause.due_at,
        )
        StaffTask.objects.bulk_create([new], ignore_conflicts=True)
        rows = lock_rows(_lasting(kind, [cause.object_id]))
        if rows:
            return _brought_up_to_date(rows[0], cause, declared)
        # It was settled between the two statements, so there is room for a new one.


@transaction.atomic
def refresh_tasks(*, kind: str, object_ids: Collection[str] | None = None, now: datetime | None = None) -> None:
    """Raise the tasks of the objects that have a cause, and settle those of the others.

    Without ids all objects of the kind are looked at.
    """
    declared = all_kinds()[kind]
    if declared.causes is None:
        return
    wanted = None if object_ids is None else [str(one) for one in object_ids]
    held = lock_rows(_lasting(kind, wanted))
    causes = {cause.object_id: cause for cause in declared.causes(wanted)}
    _settle([task for task in held if task.object_id not in causes], now)
    for object_id in sorted(causes):
        raise_task(kind=kind, cause=causes[object_id])


@transaction.atomic
def settle_tasks(*, kind: str, object_ids: Collection[str] | None = None, now: datetime | None = None) -> int:
    """Note that the cause of tasks is gone, and close those that are open; returns how many tasks that were."""
    held = lock_rows(_lasting(kind, object_ids))
    _settle(held, now)
    return len(held)


def settle_all(*, now: datetime | None = None) -> int:
    """Settle every task whose cause is gone, whichever event was missed; returns how many. Safe at any time."""
    return sum(_settle_kind(kind, now) for kind in all_kinds().values())


@transaction.atomic
def close_task(*, task_id: UUID, to: TaskState, actor: Any, now: datetime | None = None) -> StaffTask:
    """Close a task as done or dismissed. Raises NotFound, or InvalidTransition for one that is closed."""
    task = _lock(task_id)
    if to not in CLOSED or to not in TRANSITIONS[task.state]:
        raise InvalidTransition(details={"from": task.state, "to": str(to)})
    task.state, task.closed_at, task.closed_by = to, now or clock.now(), actor
    task.save(update_fields=["state", "closed_at", "closed_by", "updated_at"])
    return task


@transaction.atomic
def reopen_task(*, task_id: UUID) -> StaffTask:
    """Open a task again that was closed by mistake. Raises NotFound, InvalidTransition or CauseIsGone."""
    task = _lock(task_id)
    if task.state == TaskState.OPEN:
        raise InvalidTransition(details={"from": task.state, "to": str(TaskState.OPEN)})
    if task.cause_gone_at is not None:
        raise CauseIsGone
    _open_again(task)
    return task


@transaction.atomic
def update_task(
    *,
    task_id: UUID,
    assignee_id: UUID | _Unset | None = UNSET,
    priority: int | None = None,
    due_at: datetime | _Unset | None = UNSET,
) -> StaffTask:
    """Change who does an open task, how urgent it is and until when; what is not given stays.

    Raises NotFound, InvalidTransition for a closed one, AssigneeCannotSee.
    """
    task = _lock(task_id)
    if task.state != TaskState.OPEN:
        raise InvalidTransition(details={"from": task.state, "to": task.state})
    if not isinstance(assignee_id, _Unset):
        _require_may(task, assignee_id)
        task.assignee_id = assignee_id
    if priority is not None:
        task.priority = priority
    if not isinstance(due_at, _Unset):
        task.due_at = due_at
    task.save(update_fields=["assignee", "priority", "due_at", "updated_at"])
    return task


def _require_may(task: StaffTask, assignee_id: UUID | None) -> None:
    if assignee_id is None:
        return
    assignee = get_user_model().objects.filter(pk=assignee_id, is_active=True).first()
    if task.declared is None or not may(assignee, task.declared.action):
        raise AssigneeCannotSee(field="assignee_id")


def _lasting(kind: str, object_ids: Collection[str] | None) -> Any:
    """The tasks of a kind whose cause lasts."""
    tasks = StaffTask.objects.filter(kind=kind, cause_gone_at=None)
    return tasks if object_ids is None else tasks.filter(object_id__in=list(object_ids))


def _lock(task_id: UUID) -> StaffTask:
    rows = lock_rows(StaffTask.objects.filter(pk=task_id))
    if not rows:
        raise NotFound
    return rows[0]


def _brought_up_to_date(task: StaffTask, cause: Cause, declared: TaskKind) -> StaffTask:
    if task.params == cause.params or not (task.state == TaskState.OPEN or declared.reopens):
        return task
    if task.state != TaskState.OPEN:
        _open_again(task)
    task.params = dict(cause.params)
    task.save(update_fields=["params", "updated_at"])
    return task


def _open_again(task: StaffTask) -> None:
    task.state, task.closed_at, task.closed_by = TaskState.OPEN, None, None
    task.save(update_fields=["state", "closed_at", "closed_by", "updated_at"])


def _settle_kind(kind: TaskKind, now: datetime | None) -> int:
    if kind.causes is None:
        return 0
    ids = list(_lasting(kind.code, None).order_by("object_id").values_list("object_id", flat=True))
    settled = 0
    for first in range(0, len(ids), _BATCH):
        with transaction.atomic():
            held = lock_rows(_lasting(kind.code, ids[first : first + _BATCH]))
            still = {cause.object_id for cause in kind.causes([task.object_id for task in held])}
            gone = [task for task in held if task.object_id not in still]
            _settle(gone, now)
            settled += len(gone)
    return settled


def _settle(tasks: list[StaffTask], now: datetime | None) -> None:
    moment = now or clock.now()
    ids = [task.pk for task in tasks]
    StaffTask.objects.filter(pk__in=ids, state=TaskState.OPEN).update(
        state=TaskState.DONE, closed_at=moment, cause_gone_at=moment, updated_at=moment
    )
    StaffTask.objects.filter(pk__in=ids, cause_gone_at=None).update(cause_gone_at=moment, updated_at=moment)
