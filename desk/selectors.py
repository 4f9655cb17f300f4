"""Reads of staff tasks, each limited to the kinds that its reader may work on."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core.errors import NotFound
from core.staff import holds
from desk.kinds import all_kinds
from desk.models import StaffTask
from desk.states import TaskState

# Nobody counts further, and the menu has no room for more.
_MOST_COUNTED = 100


def visible_kinds(user: Any) -> list[str]:
    """Return the codes of the kinds whose action somebody of the staff may take."""
    return [code for code, kind in all_kinds().items() if holds(user, kind.action)]


def visible_tasks(user: Any) -> QuerySet[StaffTask]:
    """Return the tasks of the kinds that somebody may work on, the most urgent and oldest first."""
    return StaffTask.objects.filter(kind__in=visible_kinds(user)).order_by("-priority", "created_at", "id")


def visible_task(user: Any, task_id: UUID) -> StaffTask:
    """Return one task. Raises NotFound for one of a kind that the reader may not work on."""
    task = visible_tasks(user).select_related("assignee", "closed_by").filter(pk=task_id).first()
    if task is None:
        raise NotFound
    return task


def open_tasks(user: Any) -> QuerySet[StaffTask]:
    """Return the open tasks that somebody may work on, with their assignees."""
    return visible_tasks(user).filter(state=TaskState.OPEN).select_related("assignee")


def unassigned() -> Q:
    """The condition that nobody works on a task: it has no assignee, or one who is not of the staff any more."""
    return Q(assignee=None) | Q(assignee__is_staff=False) | Q(assignee__is_active=False)


def count_for(user: Any) -> int:
    """Return how many open tasks are somebody's own or nobody's, up to a hundred. One query."""
    waiting = open_tasks(user).filter(Q(assignee=user.pk) | unassigned())
    return waiting.order_by()[:_MOST_COUNTED].count()
