"""What follows from events of orders' money for staff."""

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from desk.services import refresh_tasks
from orders.events import OrderEvent
from payments.staff_tasks import REFUND_DUE


class RefundTasks(Consumer):
    """Raises a staff task while money of an order is to be given back."""

    event_types = frozenset(
        {OrderEvent.CANCELLED.value, OrderEvent.CHANGED.value, OrderEvent.PAID.value, OrderEvent.REFUNDED.value}
    )

    def consume(self, event: OutboxEvent) -> None:
        refresh_tasks(kind=REFUND_DUE, object_ids=[str(event.aggregate_id)])
