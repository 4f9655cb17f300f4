"""How the API's list of staff tasks is narrowed."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from core.api.filters import UpdatedSinceFilter
from desk.models import Priority, StaffTask
from desk.selectors import unassigned
from desk.states import TaskState

MINE, NOBODY = "me", "nobody"


class StaffTaskFilter(filters.FilterSet):
    """By state, kind, object, priority and assignee."""

    state = filters.ChoiceFilter(choices=TaskState.choices)
    kind = filters.CharFilter(max_length=64, help_text="Such as `payments.refund_due`.")
    object_id = filters.CharFilter(max_length=64, help_text="Id of what the task is about.")
    priority = filters.ChoiceFilter(choices=Priority.choices)
    assignee = filters.ChoiceFilter(
        choices=[(MINE, MINE), (NOBODY, NOBODY)],
        method="of_assignee",
        help_text="`me` for the caller's tasks, `nobody` for those without an assignee.",
    )
    updated_since = UpdatedSinceFilter()

    def of_assignee(self, tasks: QuerySet[StaffTask], name: str, value: str) -> QuerySet[StaffTask]:
        return tasks.filter(assignee=self.request.user) if value == MINE else tasks.filter(unassigned())
