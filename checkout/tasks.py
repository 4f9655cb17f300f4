"""What the beat starts."""

from celery import shared_task

from checkout.services import cancel_order
from core.context import Door, through


@shared_task(name="checkout.tasks.expire_unpaid_orders")
def expire_unpaid_orders() -> int:
    """Cancel pending orders whose time to pay is over."""
    with through(Door.TASK):
        return cancel_order.expire_unpaid_orders()
