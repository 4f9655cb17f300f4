"""What of the shop's events people are written about."""

from typing import ClassVar
from uuid import UUID

from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from inventory.events import StockEvent
from notifications.alerts import alert_staff
from notifications.models import Message
from notifications.notices import notify_back_in_stock
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


class BackInStockMails(Consumer):
    """Writes to those who wait for a variant when it is back."""

    event_types = frozenset({StockEvent.BACK.value})

    def consume(self, event: OutboxEvent) -> None:
        notify_back_in_stock(variant_id=event.aggregate_id)


class StockAlerts(Consumer):
    """Writes to staff when a variant gets low or sells out."""

    templates: ClassVar[dict[str, Message.Template]] = {
        StockEvent.LOW: Template.STOCK_LOW,
        StockEvent.SOLD_OUT: Template.STOCK_SOLD_OUT,
    }
    event_types = frozenset(templates)

    def consume(self, event: OutboxEvent) -> None:
        if event.is_told_of_the_past:
            return
        alert_staff(variant_id=event.aggregate_id, template=self.templates[event.event_type], event_id=event.pk)
