"""What of the shop's events people are written about."""

from typing import ClassVar
from uuid import UUID

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from notifications.models import Message
from notifications.services import write_message
from orders.events import OrderEvent

Template = Message.Template


class OrderMails(Consumer):
    """Writes to the order's address when it is placed, shipped or cancelled."""

    templates: ClassVar[dict[str, Message.Template]] = {
        OrderEvent.PLACED: Template.ORDER_PLACED,
        OrderEvent.SHIPPED: Template.ORDER_SHIPPED,
        OrderEvent.CANCELLED: Template.ORDER_CANCELLED,
    }
    event_types = frozenset(templates)

    def consume(self, event: OutboxEvent) -> None:
        if event.is_told_of_the_past:
            return
        write_message(
            order_id=UUID(str(event.aggregate_id)),
            template=self.templates[event.event_type],
            event_id=event.pk,
            ids=event.payload,
        )
