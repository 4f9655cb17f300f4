"""Payments through the API: customers look, staff record."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from checkout.services.cancel_order import cancel_order
from payments.models import Payment, PaymentTransaction
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import completed_order, order_awaiting_transfer

pytestmark = pytest.mark.django_db


def payment_of(order: Any) -> Payment:
    payment: Payment = order.payments.get()
    return payment


def test_customers_see_the_payments_of_their_orders() -> None:
    user = UserFactory()
    order = completed_order(customer=user)
    completed_order()
    [seen] = given(client_of(user).get(f"{V1}/payments"))
    assert (seen["order_id"], seen["status"], seen["provider"]) == (str(order.pk), "captured", "cash_on_delivery")
    assert seen["amount"] == {"amount": "24.99", "currency": "USD"}
    assert [step["kind"] for step in seen["transactions"]] == ["capture"]
    assert given(client_of(user).get(f"{V1}/payments/{seen['id']}")) == seen


@pytest.mark.parametrize("who", ["colleague", "staff without permission"])
def test_nobody_else_sees_a_payment(who: str) -> None:
    payment = payment_of(completed_order(customer=UserFactory()))
    client = client_of(UserFactory(is_staff=who != "colleague"))
    assert given(client.get(f"{V1}/payments")) == []
    refused(client.get(f"{V1}/payments/{payment.pk}"), 404, "not_found")


def test_staff_record_a_transfer_once() -> None:
    order = order_awaiting_transfer()
    client = client_of(StaffFactory())
    address = f"{V1}/payments/{payment_of(order).pk}/capture"
    captured = given(client.post(address, {"note": "statement 12"}))
    assert captured["status"] == "captured"
    assert len(given(client.post(address))["transactions"]) == 1
    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert PaymentTransaction.objects.get().note == "statement 12"


@pytest.mark.parametrize("amount", ["10.00", 10, {"amount": "10", "currency": "USD"}])
def test_staff_record_refunds_up_to_what_was_captured(amount: Any) -> None:
    order = completed_order()
    client = client_of(StaffFactory())
    address = f"{V1}/payments/{payment_of(order).pk}/refund"
    refunded = given(client.post(address, {"amount": amount}), 201)
    assert [(step["kind"], step["amount"]["amount"]) for step in refunded["transactions"]] == [
        ("capture", "24.99"),
        ("refund", "10.00"),
    ]
    details = refused(client.post(address, {"amount": "15.00"}), 422, "refund_too_large")
    assert details["refundable"] == {"amount": "14.99", "currency": "USD"}
    assert set(details["fields"]) == {"amount"}
    order.refresh_from_db()
    assert (order.payment_status, order.refunded_minor) == ("partially_refunded", 1000)


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (0, 422, "invalid_amount"),
        ("-1", 422, "invalid_amount"),
        ({"amount": "1", "currency": "EUR"}, 422, "invalid_amount"),
        ("1.001", 400, "validation_error"),
        ("1e30", 400, "validation_error"),
        ("much", 400, "validation_error"),
        (None, 400, "validation_error"),
        (False, 400, "validation_error"),
        ({"amount": {"amount": 1}, "currency": "USD"}, 400, "validation_error"),
        ({"amount": 1, "currency": ["USD"]}, 400, "validation_error"),
    ],
)
def test_an_amount_that_is_none_is_refused(amount: Any, status: int, code: str) -> None:
    payment = payment_of(completed_order())
    refused(client_of(StaffFactory()).post(f"{V1}/payments/{payment.pk}/refund", {"amount": amount}), status, code)
    assert payment.transactions.count() == 1


def test_what_was_not_captured_is_not_refunded() -> None:
    payment = payment_of(order_awaiting_transfer())
    response = client_of(StaffFactory()).post(f"{V1}/payments/{payment.pk}/refund", {"amount": "0.01"})
    refused(response, 422, "refund_too_large")


def test_a_cancelled_order_takes_no_money() -> None:
    order = order_awaiting_transfer()
    cancel_order(order_id=order.pk, actor=None)
    payment = payment_of(order)
    refused(client_of(StaffFactory()).post(f"{V1}/payments/{payment.pk}/capture"), 409, "invalid_transition")
    assert payment.transactions.filter(kind="capture").count() == 0


@pytest.mark.parametrize("action", ["capture", "refund"])
@pytest.mark.parametrize("who", ["owner", "colleague", "stranger", "staff without permission"])
def test_only_staff_with_the_permission_record_money(api: APIClient, action: str, who: str) -> None:
    owner = UserFactory()
    payment = payment_of(order_awaiting_transfer(customer=owner))
    client = {
        "owner": lambda: client_of(owner),
        "colleague": lambda: client_of(UserFactory()),
        "stranger": lambda: api,
        "staff without permission": lambda: client_of(UserFactory(is_staff=True)),
    }[who]()
    response = client.post(f"{V1}/payments/{payment.pk}/{action}", {"amount": "1.00"})
    refused(response, *((401, "not_authenticated") if who == "stranger" else (403, "not_allowed")))
    payment.refresh_from_db()
    assert payment.status == "pending"
    assert not PaymentTransaction.objects.exists()
