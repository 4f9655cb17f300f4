"""Requests with an Idempotency-Key, and what came of them."""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpResponse
from rest_framework.test import APIClient

from payments.models import Payment, PaymentTransaction
from tests.api import V1
from tests.factories.checkout import completed_order

ITEMS, PLACE = f"{V1}/cart/items", f"{V1}/checkout/place"
KEY = {"idempotency-key": "order-4711"}
LEASE = timedelta(seconds=60)


def is_replayed(response: HttpResponse) -> bool:
    return response.get("Idempotency-Replayed") == "true"


def captured_payment() -> Payment:
    return completed_order().payments.get()


def refunds() -> int:
    return PaymentTransaction.objects.filter(kind=PaymentTransaction.Kind.REFUND).count()


def refund_of(payment: Payment, client: APIClient, **headers: str) -> Callable[[], HttpResponse]:
    address = f"{V1}/payments/{payment.pk}/refund"
    return lambda: client.post(address, {"amount": "1.00"}, headers=headers or KEY)
