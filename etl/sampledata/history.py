"""Gives what the demo shop's story left behind the dates of the story.

The services write ledgers and histories at the moment of the call, as they must. The story happened over weeks, so
this one module sets the dates back, in the transaction that makes the rows and for those rows only.
"""

from collections.abc import Sequence
from datetime import datetime

import pgtrigger

from inventory.models import StockItem, StockMove
from orders.models import Order, OrderTransition
from payments.models import Payment, PaymentTransaction
from shipping.models import Shipment

_APPEND_ONLY = (
    "inventory.StockMove:append_only",
    "orders.OrderTransition:append_only",
    "payments.PaymentTransaction:append_only",
)


def date_step(order: Order, *, at: datetime) -> None:
    """Date what the last step of an order wrote: the rows that are younger than the step. Needs a transaction."""
    parcels = Shipment.objects.filter(order=order)
    Order.objects.filter(pk=order.pk, created_at__gt=at).update(created_at=at)
    Payment.objects.filter(order=order, created_at__gt=at).update(created_at=at)
    parcels.filter(created_at__gt=at).update(created_at=at)
    with pgtrigger.ignore(*_APPEND_ONLY):
        OrderTransition.objects.filter(order=order, created_at__gt=at).update(created_at=at)
        PaymentTransaction.objects.filter(payment__order=order, created_at__gt=at).update(created_at=at)
        StockMove.objects.filter(reference__in=parcels.values("pk"), created_at__gt=at).update(created_at=at)


def date_receipts(items: Sequence[StockItem], *, at: datetime) -> None:
    """Date the receipts of new stock items. Needs a transaction."""
    with pgtrigger.ignore(*_APPEND_ONLY):
        StockMove.objects.filter(stock_item__in=[item.pk for item in items]).update(created_at=at)
