"""Operations at the same moment, and processes that are killed at every line between commit, call and record."""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from rest_framework.test import APIClient

from benchmarks.traps import Trap, run_until_killed
from checkout.services.cancel_order import cancel_order
from core import clock
from core.integrity import check_integrity, registered
from core.models import IdempotentRequest
from core.money import Money
from orders.models import Order
from payments.models import Payment, PaymentOperation
from payments.operations import execute, execute_due, executing
from payments.services import refund_payment
from payments.viewsets import PaymentViewSet
from tests.api import V1, client_of, client_with_cart
from tests.core.keyed import PLACE, is_replayed
from tests.factories.accounts import StaffFactory
from tests.factories.checkout import cart_ready_to_order
from tests.factories.payments import later, paid_by_card
from tests.payments.conftest import GatewayProcess
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = 2499
KEY = {"idempotency-key": "refund-1"}
AFTER_THE_LEASE = timedelta(seconds=61)


def refund_of(payment: Payment, client: APIClient, **headers: str) -> Callable[[], HttpResponse]:
    address = f"{V1}/payments/{payment.pk}/refund"
    return lambda: client.post(address, {"amount": "5.00"}, headers=headers or KEY)


def requested_refund(payment: Payment) -> PaymentOperation:
    operation = refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None).operation
    assert operation is not None
    return operation


def refunds_recorded(payment: Payment) -> list[int]:
    return list(payment.transactions.filter(kind="refund").values_list("amount_minor", flat=True))


def require_sums_hold() -> None:
    report = check_integrity(only=[code for code in registered() if code.startswith(("payments", "orders"))])
    assert [(one.code, one.examples, one.error) for one in [*report.drifted, *report.failed]] == []


# --- At once --------------------------------------------------------------------------------------


def test_without_the_lock_two_executors_record_one_refund_twice_but_for_the_index(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = paid_by_card()
    operation = requested_refund(payment)
    both_have_read = threading.Barrier(2)

    def read_without_lock(operation_id: UUID) -> tuple[Order, Payment, PaymentOperation]:
        found = PaymentOperation.objects.select_related("payment__order", "actor").get(pk=operation_id)
        both_have_read.wait(60)
        return found.payment.order, found.payment, found

    monkeypatch.setattr(executing, "_lock", read_without_lock)
    done = at_once(*[lambda: execute(operation.pk)] * 2)
    [twice] = [one for one in done if isinstance(one, IntegrityError)]
    assert "payments_transaction_operation_once" in str(twice)


def test_two_executors_at_once_have_one_effect_and_record_it_once(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    operation = requested_refund(payment)
    bank.tell(gather=2)
    done = at_once(*[lambda: execute(operation.pk)] * 2)
    assert [one.state for one in done] == ["succeeded", "succeeded"]
    assert bank.effects().count(("refund", 500)) == 1
    assert refunds_recorded(payment) == [500]
    require_sums_hold()


def test_without_the_guard_two_requests_with_one_key_refund_twice(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, client = paid_by_card(), client_of(StaffFactory())
    monkeypatch.setattr(PaymentViewSet, "keeps_answers", False)
    assert [refund_of(payment, client)().status_code for _time in range(2)] == [201, 201]
    assert bank.effects().count(("refund", 500)) == 2


def test_two_requests_with_one_key_at_once_refund_once(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    refund = refund_of(payment, client_of(StaffFactory()))
    answers = at_once(*[refund] * 4)
    kinds = Counter("replayed" if is_replayed(one) else one.status_code for one in answers)
    assert kinds[201] == 1
    assert set(kinds) <= {201, 409, "replayed"}
    assert is_replayed(refund())
    assert bank.effects().count(("refund", 500)) == 1
    assert refunds_recorded(payment) == [500]
    require_sums_hold()


def test_two_takeovers_of_one_key_at_once_refund_once(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    refund = refund_of(payment, client_of(StaffFactory()))
    bank.tell(next_one="lost_answer")
    assert refund().status_code == 202
    answers = at_once(*[refund] * 4)
    assert {one.status_code for one in answers} <= {201, 409}
    assert 201 in {one.status_code for one in answers}
    assert bank.effects().count(("refund", 500)) == 1
    assert refunds_recorded(payment) == [500]
    assert IdempotentRequest.objects.get().status == 201
    require_sums_hold()


def test_two_keys_at_once_are_two_requests_of_which_one_waits(bank: GatewayProcess) -> None:
    payment, client = paid_by_card(), client_of(StaffFactory())
    keys = [{"idempotency-key": key} for key in ("one", "two")]
    answers = at_once(*[refund_of(payment, client, **key) for key in keys])
    codes = Counter(one.status_code for one in answers)
    # Whichever comes second finds the first under way, or done.
    assert codes in (Counter({201: 1, 409: 1}), Counter({201: 2}))
    assert bank.effects().count(("refund", 500)) == codes[201] == len(refunds_recorded(payment))
    require_sums_hold()


def test_a_cancellation_and_the_start_of_its_payment_at_once_agree(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    cart = cart_ready_to_order(provider="gateway")
    placed = client_with_cart(cart.token).post(PLACE).json()["data"]
    at_once(
        lambda: cancel_order(order_id=placed["id"], actor=None),
        lambda: execute_due(now=clock.now() + timedelta(hours=2)),
    )
    execute_due(now=clock.now() + timedelta(hours=2))
    payment = Payment.objects.get()
    assert (payment.status, payment.order.status) == ("voided", "cancelled")
    assert bank.effects() == [("start", WHOLE), ("cancel", WHOLE)]
    require_sums_hold()


# --- Killed ---------------------------------------------------------------------------------------


def come_back(send: Callable[[], HttpResponse]) -> HttpResponse:
    """The client repeats its request when the lease of the one that died is over."""
    with clock.at(clock.now() + AFTER_THE_LEASE):
        return send()


def require_one_refund(bank: GatewayProcess, payment: Payment, answer: HttpResponse) -> None:
    assert bank.effects().count(("refund", 500)) == 1
    assert refunds_recorded(payment) == [500]
    order = Order.objects.get(pk=payment.order_id)
    assert (order.refunded_minor, order.payment_status) == (500, "partially_refunded")
    assert answer.status_code == 201, answer.content
    stored = IdempotentRequest.objects.get()
    assert (stored.status, bytes(stored.body)) == (201, answer.content)
    require_sums_hold()


def start_over(bank: GatewayProcess) -> tuple[Payment, Callable[[], HttpResponse]]:
    IdempotentRequest.objects.all().delete()
    bank.tell(reset=True)
    payment = paid_by_card()
    return payment, refund_of(payment, client_of(StaffFactory()))


@pytest.mark.slow
def test_killed_at_any_statement_a_refund_happens_once(bank: GatewayProcess) -> None:
    _payment, refund = start_over(bank)
    trap = Trap()
    with trap.armed():
        assert refund().status_code == 201
    commits = [at for at, point in enumerate(trap.points) if point.endswith("COMMIT")]
    assert len(commits) >= 6  # the effect's, the attempt's and the outcome's, each before and after
    for at in range(commits[0] - 4, len(trap.points)):
        payment, refund = start_over(bank)
        assert run_until_killed(refund, at=at) == -signal.SIGKILL, trap.points[at]
        answer = come_back(refund)
        require_one_refund(bank, payment, answer)
        assert is_replayed(refund())


@pytest.mark.slow
def test_killed_at_any_statement_a_refund_whose_client_left_happens_once_or_not_at_all(bank: GatewayProcess) -> None:
    _payment, refund = start_over(bank)
    trap = Trap()
    with trap.armed():
        refund()
    effect = trap.points.index("after  COMMIT")
    for at in range(effect - 2, len(trap.points), 3):
        payment, refund = start_over(bank)
        assert run_until_killed(refund, at=at) == -signal.SIGKILL
        with later():
            execute_due()
        made = bank.effects().count(("refund", 500))
        assert made == len(refunds_recorded(payment)) == (at >= effect), trap.points[at]
        require_sums_hold()


@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_killed_while_the_provider_works_a_refund_happens_once(bank: GatewayProcess, moment: str) -> None:
    payment, refund = start_over(bank)
    bank.tell(next_one=moment)
    assert run_until_killed(refund, at=10**6) == -signal.SIGKILL
    assert bank.effects().count(("refund", 500)) == (moment == "kill_after")
    assert refunds_recorded(payment) == []
    require_one_refund(bank, payment, come_back(refund))


def test_killed_after_a_decline_the_decline_is_the_answer(bank: GatewayProcess) -> None:
    _payment, refund = start_over(bank)
    bank.tell(next_one="decline")
    trap = Trap()
    with trap.armed():
        declined = refund()
    assert declined.status_code == 422
    _payment, refund = start_over(bank)
    bank.tell(next_one="decline")
    # Before the outcome is recorded.
    at = max(at for at, point in enumerate(trap.points) if point == "before INSERT payments_paymentoperationstep")
    assert run_until_killed(refund, at=at) == -signal.SIGKILL
    answers = [come_back(refund), refund()]
    assert [one.status_code for one in answers] == [422, 422]
    assert [one.json()["error_code"] for one in answers] == ["payment_declined"] * 2
    assert is_replayed(answers[1])
    assert bank.effects() == [("start", WHOLE)]
    require_sums_hold()


@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
def test_killed_while_a_payment_is_started_an_order_is_paid_once(bank: GatewayProcess, moment: str) -> None:
    cart = cart_ready_to_order(provider="gateway")

    def place() -> Any:
        return client_with_cart(cart.token).post(PLACE, headers=KEY)

    bank.tell(next_one=moment)
    assert run_until_killed(place, at=10**6) == -signal.SIGKILL
    answer = come_back(place)
    assert answer.status_code == 201
    assert (Order.objects.get().payment_status, bank.effects()) == ("paid", [("start", WHOLE)])
    assert place().content == answer.content
    require_sums_hold()
