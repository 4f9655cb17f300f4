"""What staff has to do: one row for each cause, raised and settled by the apps that know it."""

from functools import cached_property
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import BaseModel, allowed_transitions
from desk.kinds import TaskKind, all_kinds, rendered
from desk.states import CLOSED, TRANSITIONS, TaskState


class Priority(models.IntegerChoices):
    LOW = 1, pgettext_lazy("priority", "Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, pgettext_lazy("priority", "High")


class StaffTask(BaseModel):
    """Something that staff has to do about one object. Title and colour follow from the kind when it is read.

    `cause_gone_at` is empty while the cause lasts. Until then no second task of the kind is raised for the object,
    whether this one is open or closed.
    """

    kind = models.CharField(_("kind"), max_length=64)
    object_id = models.CharField(_("object"), max_length=64)
    params = models.JSONField(default=dict, editable=False, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=16, choices=TaskState.choices, default=TaskState.OPEN)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff_tasks",
        verbose_name=_("assignee"),
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    # Nobody for a task that was settled as its cause was gone.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("closed by"),
    )
    cause_gone_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("staff task")
        verbose_name_plural = _("staff tasks")
        ordering: ClassVar[list[str]] = ["-priority", "created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], condition=Q(cause_gone_at=None), name="desk_stafftask_one_a_cause"
            ),
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="desk_stafftask_state_known"),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, closed_at=None, closed_by=None, cause_gone_at=None)
                | Q(state__in=sorted(CLOSED), closed_at__isnull=False),
                name="desk_stafftask_closed_has_time",
            ),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="desk_stafftask_priority_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["-priority", "created_at", "id"], condition=Q(state=TaskState.OPEN), name="desk_stafftask_open"
            ),
            models.Index(fields=["-created_at", "-id"], name="desk_stafftask_newest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.FSM(name="state_transitions", field="state", transitions=allowed_transitions(TRANSITIONS)),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def declared(self) -> TaskKind | None:
        """The kind as its app declares it; None for one that no app declares any more."""
        return all_kinds().get(self.kind)

    @property
    def title(self) -> str:
        """What is to be done, in the active language."""
        return rendered(self.declared, self.params) if self.declared else self.kind

    @property
    def kind_label(self) -> str:
        return str(self.declared.label) if self.declared else self.kind

    @property
    def object_type(self) -> str:
        """Label of the object's model, such as "orders.order"; empty where the object is no row."""
        return self.declared.object_type if self.declared else ""
