"""Tasks name no customer; of a colleague the shop keeps which tasks were theirs."""

from collections.abc import Iterable

from django.db.models import Q

from core.personal_data import Person, PersonalData, Row
from desk.models import StaffTask


class TasksOfPerson(PersonalData):
    """What somebody was assigned or closed, and that they did is forgotten with them."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        tasks = StaffTask.objects.filter(Q(assignee=person.id) | Q(closed_by=person.id)).order_by("id")
        yield "staff_tasks", tasks.values("kind", "object_id", "state", "created_at", "closed_at").iterator()

    def erase(self, person: Person) -> None:
        StaffTask.objects.filter(assignee=person.id).update(assignee=None)
        StaffTask.objects.filter(closed_by=person.id).update(closed_by=None)
