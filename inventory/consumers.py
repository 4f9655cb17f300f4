"""What follows from stock's events for staff."""

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from desk.services import refresh_tasks
from inventory.events import StockEvent
from inventory.staff_tasks import SOLD_OUT, STOCK_LOW


class StockTasks(Consumer):
    """Raises a staff task while a variant is low or sold out."""

    event_types = frozenset(event.value for event in StockEvent)

    def consume(self, event: OutboxEvent) -> None:
        for kind in (STOCK_LOW, SOLD_OUT):
            refresh_tasks(kind=kind, object_ids=[str(event.aggregate_id)])
