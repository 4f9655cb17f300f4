"""The states of a staff task as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TaskState(models.TextChoices):
    OPEN = "open", pgettext_lazy("state of a staff task", "Open")
    DONE = "done", _("Done")
    DISMISSED = "dismissed", _("Dismissed")


TRANSITIONS: dict[str, frozenset[str]] = {
    TaskState.OPEN: frozenset(
        {
            TaskState.DONE,  # somebody did it, or its cause is gone
            TaskState.DISMISSED,  # nothing is to be done about it
        }
    ),
    TaskState.DONE: frozenset({TaskState.OPEN}),  # closed by mistake, while its cause is still there
    TaskState.DISMISSED: frozenset({TaskState.OPEN}),  # the same
}

CLOSED = frozenset({TaskState.DONE, TaskState.DISMISSED})

COLOURS: dict[str, str] = {
    TaskState.OPEN: "warning",
    TaskState.DONE: "success",
    TaskState.DISMISSED: "default",
}
