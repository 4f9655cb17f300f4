"""What time it is. Services are given `now` or ask here; ledgers and histories date their rows by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def now() -> datetime:
    """The current time, or the time that is being told of."""
    return _told.get() or timezone.now()


def end_of_day(moment: datetime, *, days: int = 0) -> datetime:
    """The last microsecond, in the shop's zone, of the day that a moment falls on there, or of one so many days later.

    Where clocks change at midnight that is the instant before the next day begins, however long the day was.
    """
    zone = timezone.get_default_timezone()
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    # Counted in UTC: taking time from a local one would not see that the clocks change.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Everything inside happens at this moment, as when the sample data tell of past weeks."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
