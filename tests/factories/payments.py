"""Payments by a provider that collects online. Needs the fixture `bank` of tests/payments."""

from datetime import timedelta

from django.db import transaction

from checkout.services.place_order import place_order
from core import clock
from core.money import Money
from orders.models import Order
from payments.ledger import lock_payment
from payments.models import Payment, PaymentOperation
from payments.operations import execute, request_operation
from payments.selectors import start_in_flight
from payments.states import OperationKind
from tests.factories.checkout import cart_ready_to_order

# Longer than a lease, and than any operation waits for its next attempt.
LATER = timedelta(hours=2)


def order_by_card(provider: str = "gateway", **cart: object) -> Order:
    """An order whose payment nobody has asked the provider for yet."""
    return place_order(cart_id=cart_ready_to_order(provider=provider, **cart).pk, actor=None).order


def paid_by_card(provider: str = "gateway", **cart: object) -> Payment:
    """A payment that was started at the provider, which the fixture has capture it at once."""
    order = order_by_card(provider, **cart)
    execute(start_of(order).pk)
    return Payment.objects.get(order=order)


def start_of(order: Order) -> PaymentOperation:
    """The operation that is to start the payment of an order that was just placed."""
    return PaymentOperation.objects.get(pk=start_in_flight(order))


def later() -> object:
    """A time by which everything is due that was left undecided."""
    return clock.at(clock.now() + LATER)


def requested_refund(payment: Payment) -> PaymentOperation:
    """A refund that the provider of a captured payment has not been asked for yet."""
    with transaction.atomic():
        _order, payment = lock_payment(payment.pk)
        return request_operation(
            payment=payment,
            kind=OperationKind.REFUND,
            amount=Money(100, payment.currency),
            actor=None,
            is_awaited=True,
        )
