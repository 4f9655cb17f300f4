"""Reads of payments."""

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import User
from core.money import Money
from core.staff import may
from orders.models import Order
from orders.states import OrderStatus
from payments.actions import PaymentAction
from payments.models import Payment
from payments.providers import find_provider


def visible_payments(user: User) -> QuerySet[Payment]:
    """All payments for staff who may see payments, otherwise those of the user's own orders."""
    return (
        Payment.objects.all() if may(user, PaymentAction.VIEW_PAYMENT) else Payment.objects.filter(order__customer=user)
    )


def payment_instructions(order: Order) -> list[tuple[str | Promise, str | Money]]:
    """What the shopper has to do to pay an order that still waits for money; empty for nothing."""
    if order.status != OrderStatus.PENDING or order.due.minor <= 0 or not order.payment_provider:
        return []
    provider = find_provider(order.payment_provider)
    return provider.instructions(number=order.number, amount=order.due) if provider else []
