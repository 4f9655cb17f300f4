"""What services of staff tasks refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, InvalidTransition


class AssigneeCannotSee(DomainError):
    """The assignee is no staff, or may not take the action that the task is about."""

    code = "assignee_cannot_see"
    message = _("This colleague may not work on such tasks. Choose somebody with the permission.")
    status = 422


class CauseIsGone(InvalidTransition):
    """A task whose cause is gone is not opened again."""

    code = "cause_is_gone"
    message = _("What this task was about is settled, so it cannot be opened again.")
