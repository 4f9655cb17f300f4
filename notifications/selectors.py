"""Reads of messages."""

from django.db.models import QuerySet

from notifications.models import Message
from orders.models import Order


def messages_of(order: Order) -> QuerySet[Message]:
    """What was written to the customer about an order, newest first."""
    return Message.objects.filter(order=order)
