"""What the catalogue does about its own events."""

from typing import ClassVar

from catalog.search.rows import BATCH, refresh_marked, tell_of_marks
from catalog.search.triggers import MARKED
from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent


class SearchRows(Consumer):
    """Brings the search text of marked products up to date, one batch an event: mails wait for no more than that."""

    event_types: ClassVar[frozenset[str]] = frozenset({MARKED})

    def consume(self, event: OutboxEvent) -> None:
        if OutboxEvent.objects.filter(position__gt=event.position, event_type=MARKED).exists():
            return  # the later one finds all that this one would
        if refresh_marked() == BATCH:
            tell_of_marks()
