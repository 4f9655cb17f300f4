"""Payments: recorded once, never more given back than came in."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from checkout.services.cancel_order import cancel_order
from core.db.ids import new_id
from core.errors import InvalidInput, InvalidTransition, NotFound
from core.money import Money
from orders.models import Order
from payments import services
from payments.models import Payment, PaymentTransaction
from payments.providers import available_providers, get_provider
from payments.selectors import payment_instructions
from tests.factories.checkout import confirmed_order, order_awaiting_transfer

pytestmark = pytest.mark.django_db


def paid(order: Order) -> Payment:
    return services.capture_payment(payment_id=order.payments.get().pk, actor=None).payment


def test_a_transfer_that_arrives_confirms_the_order() -> None:
    order = order_awaiting_transfer()
    paid(order)
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.due.minor) == ("confirmed", "paid", 0)


def test_recording_a_capture_twice_counts_once() -> None:
    order = order_awaiting_transfer()
    paid(order)
    paid(order)
    order.refresh_from_db()
    assert order.paid_minor == order.total_minor
    assert PaymentTransaction.objects.count() == 1


def test_money_for_a_cancelled_order_is_not_taken() -> None:
    order = order_awaiting_transfer()
    payment = order.payments.get()
    cancel_order(order_id=order.pk, actor=None)
    with pytest.raises(InvalidTransition):
        services.capture_payment(payment_id=payment.pk, actor=None)
    assert Order.objects.get().paid_minor == 0


def test_an_unknown_payment_is_not_found() -> None:
    with pytest.raises(NotFound):
        services.capture_payment(payment_id=new_id(), actor=None)


def test_a_part_given_back_shows_as_such_and_the_rest_as_refunded() -> None:
    order = order_awaiting_transfer()
    payment = paid(order)
    services.refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None)
    order.refresh_from_db()
    assert order.payment_status == "partially_refunded"
    services.refund_payment(payment_id=payment.pk, amount=order.total - Money(500, "USD"), actor=None)
    order.refresh_from_db()
    assert (order.payment_status, order.refunded) == ("refunded", order.total)


def test_money_given_back_is_not_owed_again() -> None:
    order = order_awaiting_transfer()
    services.refund_payment(payment_id=paid(order).pk, amount=Money(500, "USD"), actor=None)
    order.refresh_from_db()
    assert order.due.minor == 0


def test_a_refund_that_is_too_large_names_what_is_left_as_money() -> None:
    payment = paid(order := order_awaiting_transfer())
    with pytest.raises(InvalidInput) as refused:
        services.refund_payment(payment_id=payment.pk, amount=order.total + Money(1, "USD"), actor=None)
    assert refused.value.details == {"refundable": {"amount": str(order.total.amount), "currency": "USD"}}


@pytest.mark.parametrize(
    "amount", [Money(0, "USD"), Money(-1, "USD"), Money(10**12, "USD"), Money(100, "TND")], ids=str
)
def test_an_impossible_refund_is_refused_and_changes_nothing(amount: Money) -> None:
    order = order_awaiting_transfer()
    payment = paid(order)
    with pytest.raises(InvalidInput):
        services.refund_payment(payment_id=payment.pk, amount=amount, actor=None)
    assert Order.objects.get().refunded_minor == 0


def test_cash_on_delivery_confirms_at_once_and_waits_for_the_money() -> None:
    order = confirmed_order()
    assert (order.status, order.payment_status, order.expires_at) == ("confirmed", "unpaid", None)


def test_a_shopper_is_told_how_to_transfer() -> None:
    order = order_awaiting_transfer()
    assert order.number in [value for _, value in payment_instructions(order)]
    assert payment_instructions(confirmed_order()) == []


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        get_provider("gold")
    assert refused.value.field == "payment_provider"
    assert [one.code for one in available_providers(Money(1, "USD"))] == ["cash_on_delivery", "bank_transfer"]


def test_the_database_takes_a_providers_event_once() -> None:
    payment = order_awaiting_transfer().payments.get()
    row = {"payment": payment, "kind": "capture", "amount_minor": 1, "provider": "p", "event_id": "e1", "door": "api"}
    PaymentTransaction.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentTransaction.objects.create(**row)


def test_the_database_keeps_one_currency_an_order() -> None:
    payment = order_awaiting_transfer().payments.get()
    Payment.objects.filter(pk=payment.pk).update(currency="TND")
    with pytest.raises(IntegrityError, match="payments_payment_currency_of_order"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement", ["UPDATE payments_paymenttransaction SET amount_minor = 1", "DELETE FROM payments_paymenttransaction"]
)
def test_the_database_refuses_to_rewrite_the_ledger(statement: str) -> None:
    paid(order_awaiting_transfer())
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)
