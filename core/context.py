"""Through which door a change came in, by whom and in which request, task or run: kept beside every change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    """The ways into the shop."""

    PAGE = "page", _("Page")
    ADMIN = "admin", _("Admin")
    API = "api", _("API")
    COMMAND = "command", _("Command")
    TASK = "task", _("Background task")
    IMPORT = "import", _("Import")


def nobody() -> UUID | None:
    """The actor of work that nobody who is logged in does."""
    return None


@dataclass(frozen=True, slots=True)
class Work:
    """The work at hand. Who does it is asked only when something is written, for that may cost a query."""

    door: str = Door.COMMAND
    actor: Callable[[], UUID | None] = nobody
    # A page's address, a command's or a task's name; and the id of that request, task or run.
    activity: str = ""
    reference: str = ""


_COMMAND = Work()
_work: ContextVar[Work] = ContextVar("work", default=_COMMAND)


def current_work() -> Work:
    """What is being done; a command's work unless something said otherwise."""
    return _work.get()


def current_door() -> str:
    """The door of the work at hand."""
    return _work.get().door


@contextmanager
def working(work: Work) -> Iterator[None]:
    """Everything inside is this work, and has nothing of the work around it."""
    token = _work.set(work)
    try:
        yield
    finally:
        _work.reset(token)


@contextmanager
def through(door: str, *, reference: str | None = None) -> Iterator[None]:
    """Everything inside counts as having come through this door; who and what stay those of the work around it."""
    work = replace(_work.get(), door=door)
    with working(work if reference is None else replace(work, reference=reference)):
        yield
