"""Through which door a change came in: kept beside every recorded change."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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


_door: ContextVar[str] = ContextVar("door", default=Door.COMMAND)


def current_door() -> str:
    """The door of the work at hand; a command unless something said otherwise."""
    return _door.get()


@contextmanager
def through(door: str) -> Iterator[None]:
    """Everything inside counts as having come through this door."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)
