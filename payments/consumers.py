"""What follows from events of payments and of orders' money."""

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from core.queue import send_on_commit
from desk.services import refresh_tasks
from orders.events import OrderEvent
from payments.events import PaymentEvent
from payments.staff_tasks import REFUND_DUE


class RefundTasks(Consumer):
    """Raises a staff task while money of an order is to be given back."""

    event_types = frozenset(
        {OrderEvent.CANCELLED.value, OrderEvent.CHANGED.value, OrderEvent.PAID.value, OrderEvent.REFUNDED.value}
    )

    def consume(self, event: OutboxEvent) -> None:
        refresh_tasks(kind=REFUND_DUE, object_ids=[str(event.aggregate_id)])


class RunOperations(Consumer):
    """Sends for a worker that carries out what nobody waits for, or whoever waited for it died before.

    Should the task be lost, the sweep finds the operation as soon as it is due.
    """

    event_types = frozenset({PaymentEvent.OPERATION_REQUESTED.value})

    def consume(self, event: OutboxEvent) -> None:
        send_on_commit("payments.tasks.execute_operation", operation_id=event.payload["operation"])
