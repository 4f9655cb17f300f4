"""How far the relay and the consumers are."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from core import clock
from core.outbox.consumers import consumer_paths
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery, OutboxEvent


@dataclass(frozen=True, slots=True)
class Lag:
    """Events without a position and the oldest's age in seconds; events that consumers are behind, parked, given up."""

    waiting: int
    oldest_seconds: float
    behind: dict[str, int]
    parked: int
    dead: int


def lag(*, now: datetime | None = None) -> Lag:
    """How much is still to be told. Three queries."""
    waiting = OutboxEvent.objects.filter(position=None).aggregate(count=Count("pk"), oldest=Min("recorded_at"))
    deliveries = OutboxDelivery.objects.aggregate(
        parked=Count("pk", filter=Q(status=OutboxDelivery.Status.WAITING)),
        dead=Count("pk", filter=Q(status=OutboxDelivery.Status.DEAD)),
    )
    cursors = dict(OutboxCursor.objects.values_list("name", "position"))
    placed = cursors.get(RELAY, 0)
    oldest = ((now or clock.now()) - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
    return Lag(
        waiting=waiting["count"],
        oldest_seconds=round(max(oldest, 0.0), 3),
        behind={name: placed - cursors.get(name, placed) for name in consumer_paths()},
        parked=deliveries["parked"],
        dead=deliveries["dead"],
    )
