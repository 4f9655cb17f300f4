"""Consumers for the tests of the outbox: they write what they hear into a table that would show it twice."""

from django.db import connection

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent

TABLE = "heard_events"


class Listener(Consumer):
    """Notes every event it hears, in the order in which it hears them."""

    event_types = frozenset({"test.said"})

    def consume(self, event: OutboxEvent) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (aggregate_id, word, position) VALUES (%s, %s, %s)",
                [event.aggregate_id, event.payload["word"], event.position],
            )


class Choosy(Listener):
    """Cannot take words that are in its own list."""

    refused: set[str] = set()

    def consume(self, event: OutboxEvent) -> None:
        super().consume(event)
        if event.payload["word"] in self.refused:
            raise ValueError(f"does not like {event.payload['word']}")
