"""What time it is. Services are given `now` or ask here; ledgers and histories date their rows by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def now() -> datetime:
    """The current time, or the time that is being told of."""
    return _told.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything inside happens at this moment, as when the sample data tell of past weeks."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
