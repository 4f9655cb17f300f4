"""Who holds an Idempotency-Key: leases, kills, and requests with one key at the same moment."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from core import clock
from core.db.ids import new_id
from core.idempotency import Claim, InFlight, StoredAnswer, claim_request, store_answer
from core.models import IdempotentRequest
from inventory.models import StockItem
from orders.models import Order
from payments import viewsets as payment_doors
from payments.viewsets import PaymentViewSet
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.core.keyed import ITEMS, KEY, LEASE, PLACE, captured_payment, is_replayed, refund_of, refunds
from tests.factories.accounts import StaffFactory
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.inventory import stocked_variant
from tests.races import at_once

pytestmark = pytest.mark.django_db
on_real_connections = pytest.mark.django_db(transaction=True)


def claim_like(response: HttpResponse) -> IdempotentRequest:
    """Take the answer out of the row again, as if its holder were still at work."""
    assert response.status_code < 300
    IdempotentRequest.objects.update(status=None, headers=None, body=None)
    return IdempotentRequest.objects.get()


def test_while_the_first_is_at_work_the_second_is_told_to_wait() -> None:
    refund = refund_of(captured_payment(), client_of(StaffFactory()))
    held = claim_like(refund())
    with clock.at(held.leased_until - timedelta(milliseconds=1)):
        response = refund()
    assert refused(response, 409, "idempotency_in_flight") == {"retry_after": 1}
    assert response["Retry-After"] == "1"
    assert refunds() == 1


def test_another_request_does_not_take_over_a_lease_that_is_over() -> None:
    payment, client = captured_payment(), client_of(StaffFactory())
    held = claim_like(refund_of(payment, client)())
    with clock.at(held.leased_until):
        response = client.post(f"{V1}/payments/{payment.pk}/refund", {"amount": "2.00"}, headers=KEY)
    refused(response, 422, "idempotency_key_reused")


def _killed_in(action: Callable[[], HttpResponse]) -> None:
    def die(**_arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    payment_doors.refund_payment = die  # of the child alone
    action()


@on_real_connections
def test_after_a_kill_between_claim_and_effect_the_next_one_takes_over_when_the_lease_is_over() -> None:
    refund = refund_of(captured_payment(), client_of(StaffFactory()))
    connection.close()  # the child makes its own
    child = multiprocessing.get_context("fork").Process(target=_killed_in, args=[refund])
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    refused(refund(), 409, "idempotency_in_flight")
    assert refunds() == 0
    with clock.at(timezone.now() + LEASE):
        given(refund(), 201)
    assert refunds() == 1
    assert is_replayed(refund())


@on_real_connections
def test_a_holder_that_comes_back_after_its_lease_leaves_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    refund = refund_of(captured_payment(), client_of(StaffFactory()))
    real_refund = payment_doors.refund_payment

    def refund_too_slowly(**arguments: Any) -> Any:
        done = real_refund(**arguments)
        held = IdempotentRequest.objects.get()
        with ThreadPoolExecutor(1) as other:
            other.submit(_take_over, held).result()
        return done

    monkeypatch.setattr(payment_doors, "refund_payment", refund_too_slowly)
    refused(refund(), 409, "idempotency_in_flight")
    assert refunds() == 0
    assert IdempotentRequest.objects.count() == 1  # the other's claim stays


def _take_over(held: IdempotentRequest) -> None:
    claim = claim_request(caller=held.caller, key=held.key, fingerprint=held.fingerprint, now=held.leased_until)
    assert isinstance(claim, Claim)
    connection.close()


def test_an_answer_is_kept_only_by_the_lease_that_stands() -> None:
    claim = claim_request(caller="user:1", key="k", fingerprint="f")
    assert isinstance(claim, Claim)
    with pytest.raises(InFlight), transaction.atomic():
        store_answer(Claim(claim.id, new_id()), StoredAnswer(200, {}, b"{}"))
    with transaction.atomic():
        store_answer(claim, StoredAnswer(200, {}, b"{}"))
    assert claim_request(caller="user:1", key="k", fingerprint="f") == StoredAnswer(200, {}, b"{}")


# --- At once --------------------------------------------------------------------------------------


@on_real_connections
def test_without_the_guard_eight_identical_refunds_pay_eight_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PaymentViewSet, "keeps_answers", False)
    answers = at_once(*[refund_of(captured_payment(), client_of(StaffFactory()))] * 8)
    assert [answer.status_code for answer in answers] == [201] * 8
    assert refunds() == 8


@on_real_connections
def test_eight_identical_refunds_at_once_pay_once() -> None:
    refund = refund_of(captured_payment(), client_of(StaffFactory()))
    answers = at_once(*[refund] * 8)
    kinds = Counter("replayed" if is_replayed(answer) else answer.status_code for answer in answers)
    assert kinds.pop(201) == refunds() == 1
    assert set(kinds) <= {"replayed", 409}
    assert is_replayed(refund())


@on_real_connections
def test_eight_identical_orders_at_once_are_one() -> None:
    client = client_with_cart(cart_ready_to_order().token)
    answers = at_once(*[lambda: client.post(PLACE, headers=KEY)] * 8)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Order.objects.count() == StockItem.objects.get().reserved == 1
    assert len({answer.json()["data"]["id"] for answer in answers if answer.status_code == 201}) == 1


@on_real_connections
def test_of_eight_bodies_with_one_key_one_happens() -> None:
    variant = stocked_variant(100)
    cart = cart_with(variant)
    quantities = iter(range(1, 9))

    def add() -> HttpResponse:
        body = {"variant_id": str(variant.pk), "quantity": next(quantities)}
        return client_with_cart(cart.token).post(ITEMS, body, headers=KEY)

    answers = Counter(answer.status_code for answer in at_once(*[add] * 8))
    assert answers == {201: 1, 422: 7}


@on_real_connections
def test_what_waits_for_the_commit_finds_effect_and_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, int, int | None]] = []
    real_refund = payment_doors.refund_payment

    def note() -> None:
        seen.append((connection.in_atomic_block, refunds(), IdempotentRequest.objects.get().status))

    def refund_and_tell(**arguments: Any) -> Any:
        transaction.on_commit(note)
        return real_refund(**arguments)

    monkeypatch.setattr(payment_doors, "refund_payment", refund_and_tell)
    given(refund_of(captured_payment(), client_of(StaffFactory()))(), 201)
    assert seen == [(False, 1, 201)]
