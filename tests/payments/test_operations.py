"""What a provider is asked to do, against a gateway that is a process of its own."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import deliver_shipment, ship_order
from core import clock
from core.errors import InvalidInput, InvalidTransition
from core.money import Money
from core.outbox import relay
from desk.models import StaffTask
from orders.models import Order
from payments.errors import ExecutionFailed, OperationInFlight, RefundBeyondOwed
from payments.models import Payment, PaymentOperation, PaymentOperationStep, PaymentTransaction
from payments.operations import ask, execute, execute_due, execute_if_due, executing, reconcile
from payments.services import capture_payment, refund_payment
from payments.staff_tasks import UNDECIDED
from payments.states import FINAL, IN_FLIGHT, OPERATION_TRANSITIONS, OperationKind, OperationState
from payments.tasks import execute_due_operations, execute_operation
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.core.keyed import PLACE
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import cart_ready_to_order, completed_order, order_awaiting_transfer
from tests.factories.payments import later, order_by_card, paid_by_card, requested_refund, start_of
from tests.payments import gateway
from tests.payments.conftest import GatewayProcess

pytestmark = pytest.mark.django_db

WHOLE = 2499
KEY = {"idempotency-key": "refund-1"}


def ledger_of(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.transactions.order_by("id").values_list("kind", "amount_minor"))


def states_of(payment: Payment) -> dict[str, str]:
    return dict(payment.operations.values_list("kind", "state"))


# --- Starting -------------------------------------------------------------------------------------


def test_a_payment_that_is_captured_at_once_confirms_its_order(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    order = payment.order
    assert (order.status, order.payment_status, order.paid_minor) == ("confirmed", "paid", WHOLE)
    assert (payment.status, payment.provider_reference) == ("captured", f"gw_{payment.pk}")
    assert (bank.effects(), ledger_of(payment)) == ([("start", WHOLE)], [("capture", WHOLE)])
    assert payment.transactions.get().operation == payment.operations.get()


def test_placing_an_order_writes_the_operation_and_asks_nobody(bank: GatewayProcess) -> None:
    order = order_by_card()
    operation = start_of(order)
    assert (operation.kind, operation.state, operation.attempts, operation.amount) == (
        "start", "requested", 0, order.total,
    )  # fmt: skip
    assert (order.status, bank.tell()) == ("pending", 0)


def test_a_shopper_is_sent_on_to_pay_and_comes_back_with_the_order_paid(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    assert payment.status == "pending"
    assert payment.redirect_url == f"https://gateway.example/pay/{payment.pk}"
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": WHOLE})

    assert ask(payment.pk).is_settled

    payment.refresh_from_db()
    assert (payment.status, payment.redirect_url, payment.order.payment_status) == ("captured", "", "paid")


def test_a_declined_payment_leaves_the_order_waiting(bank: GatewayProcess) -> None:
    bank.tell(next_one="decline")
    payment = paid_by_card()
    operation = payment.operations.get()
    assert (payment.status, payment.order.status, payment.order.payment_status) == ("failed", "pending", "unpaid")
    assert (operation.state, operation.error_code, operation.error_message) == (
        "declined", "do_not_honor", "The bank said no.",
    )  # fmt: skip
    assert ledger_of(payment) == [("failure", WHOLE)]


# --- No answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", ["lost_answer", "no_answer"])
def test_without_an_answer_it_is_undecided_and_happens_once(bank: GatewayProcess, behaviour: str) -> None:
    payment = paid_by_card()
    bank.tell(next_one=behaviour)
    change = refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None)
    assert change.operation is not None
    undecided = execute(change.operation.pk)
    assert (undecided.state, undecided.error_code, undecided.attempts) == ("undecided", "unavailable", 1)
    assert ledger_of(payment) == [("capture", WHOLE)]

    assert execute_due() == 0  # not due yet
    with later():
        assert execute_due() == 1

    assert bank.effects().count(("refund", 500)) == 1
    assert ledger_of(payment) == [("capture", WHOLE), ("refund", 500)]
    trail = list(PaymentOperationStep.objects.filter(operation=undecided).values_list("state", "attempt"))
    assert trail == [("requested", 0), ("undecided", 1), ("succeeded", 2)]


def test_each_attempt_that_fails_waits_longer_for_the_next(bank: GatewayProcess, settings: Settings) -> None:
    waits = []
    payment = paid_by_card()
    operation = refund_payment(payment_id=payment.pk, amount=Money(1, "USD"), actor=None).operation
    assert operation is not None
    settings.PAYMENT_PROVIDERS = [path for path in settings.PAYMENT_PROVIDERS if path != gateway.PATH]
    for _attempt in range(13):
        with clock.at(clock.now()):
            left = execute(operation.pk)
            assert left.next_attempt_at is not None
            waits.append((left.next_attempt_at - clock.now()).total_seconds())
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 3600
    assert left.error_code == "provider_missing"


def test_a_fault_in_a_providers_code_is_as_good_as_no_answer(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = paid_by_card()
    bank.tell(next_one="lost_answer")
    operation = refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None).operation
    assert operation is not None
    with monkeypatch.context() as patch:
        patch.setattr(gateway.Gateway, "refund", lambda self, request: 1 / 0)
        assert execute(operation.pk).error_code == "provider_error"
    assert execute(operation.pk).state == "undecided"
    assert execute(operation.pk).state == "succeeded"
    assert bank.effects().count(("refund", 500)) == 1


def test_a_decided_operation_is_returned_at_once(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    calls = bank.tell()
    assert execute(payment.operations.get().pk).state == "succeeded"
    assert bank.tell() == calls


# --- Refunds --------------------------------------------------------------------------------------


def test_a_refund_under_way_counts_as_given_back(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    refund_payment(payment_id=payment.pk, amount=Money(2000, "USD"), actor=None)
    with pytest.raises(InvalidInput, match=r"No more than 4\.99 USD"):
        refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None)
    with pytest.raises(OperationInFlight):
        refund_payment(payment_id=payment.pk, amount=Money(499, "USD"), actor=None)


def test_a_refund_under_way_is_not_owed_any_more(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    Order.objects.update(paid_minor=F("paid_minor") + 590)
    refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None, beyond_owed=False)
    with pytest.raises(RefundBeyondOwed, match=r"owed 0\.90 USD"):
        refund_payment(payment_id=payment.pk, amount=Money(100, "USD"), actor=None, beyond_owed=False)


def test_a_declined_refund_may_be_asked_for_again(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    bank.tell(next_one="decline")
    for state in ("declined", "succeeded"):
        operation = refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None).operation
        assert operation is not None
        assert execute(operation.pk).state == state
    assert ledger_of(payment) == [("capture", WHOLE), ("refund", 500)]


# --- Capturing and cancelling ---------------------------------------------------------------------


def test_staff_captures_what_is_authorised(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card()
    assert (payment.status, payment.order.status, payment.order.payment_status) == (
        "authorized", "confirmed", "authorized",
    )  # fmt: skip
    operation = capture_payment(payment_id=payment.pk, actor=None).operation
    assert operation is not None
    assert capture_payment(payment_id=payment.pk, actor=None).operation == operation
    execute(operation.pk)
    payment.refresh_from_db()
    assert (payment.status, ledger_of(payment)) == ("captured", [("authorize", WHOLE), ("capture", WHOLE)])
    assert capture_payment(payment_id=payment.pk, actor=None).operation is None


def test_what_a_provider_collects_is_not_recorded_by_hand(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    with pytest.raises(InvalidTransition, match="has not authorised"):
        capture_payment(payment_id=payment.pk, actor=None)
    assert ledger_of(payment) == []


def test_cancelling_an_order_asks_the_provider_and_does_not_pretend(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card()
    cancel_order(order_id=payment.order_id, actor=None)
    payment.refresh_from_db()
    assert (payment.status, payment.order.status) == ("authorized", "cancelled")
    assert execute_due() == 1
    payment.refresh_from_db()
    assert (payment.status, payment.order.payment_status) == ("voided", "unpaid")
    assert bank.effects() == [("start", WHOLE), ("cancel", WHOLE)]


def test_a_payment_the_provider_was_never_asked_for_is_given_up_at_once(bank: GatewayProcess) -> None:
    order = order_by_card()
    cancel_order(order_id=order.pk, actor=None)
    payment = order.payments.get()
    assert (payment.status, states_of(payment)) == ("voided", {"start": "withdrawn"})
    assert (execute_due(), bank.tell()) == (0, 0)


def test_a_start_without_an_answer_is_settled_before_it_is_cancelled(bank: GatewayProcess) -> None:
    bank.tell(start="authorize", next_one="lost_answer")
    payment = paid_by_card()
    assert (payment.status, states_of(payment)) == ("pending", {"start": "undecided"})
    cancel_order(order_id=payment.order_id, actor=None)
    execute_due()
    payment.refresh_from_db()
    assert states_of(payment) == {"start": "succeeded", "cancel": "succeeded"}
    assert payment.status == "voided"
    assert bank.effects() == [("start", WHOLE), ("cancel", WHOLE)]


def test_money_that_came_before_the_cancellation_is_owed_back(bank: GatewayProcess) -> None:
    bank.tell(next_one="lost_answer")
    payment = paid_by_card()
    cancel_order(order_id=payment.order_id, actor=None)
    execute_due()
    payment.refresh_from_db()
    assert states_of(payment) == {"start": "succeeded", "cancel": "withdrawn"}
    assert (payment.status, payment.order.to_refund.minor) == ("captured", WHOLE)


def test_a_shopper_who_pays_while_the_order_is_cancelled_is_owed_the_money(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": WHOLE})
    cancel_order(order_id=payment.order_id, actor=None)
    execute_due()
    payment.refresh_from_db()
    assert states_of(payment) == {"start": "succeeded", "cancel": "declined"}
    assert (payment.status, payment.order.status, payment.order.to_refund.minor) == ("captured", "cancelled", WHOLE)


def test_an_order_is_not_cancelled_while_its_money_is_being_captured(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card()
    capture_payment(payment_id=payment.pk, actor=None)
    with pytest.raises(OperationInFlight):
        cancel_order(order_id=payment.order_id, actor=None)
    assert Order.objects.get().status == "confirmed"


def test_an_order_whose_time_to_pay_is_over_cancels_its_payment(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    assert payment.order.expires_at is not None
    assert expire_unpaid_orders(now=payment.order.expires_at) == 1
    execute_due()
    payment.refresh_from_db()
    assert (payment.status, states_of(payment)["cancel"]) == ("voided", "succeeded")


def test_what_is_captured_at_the_door_completes_its_order_when_the_provider_has_the_money(
    bank: GatewayProcess,
) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card("gateway_at_the_door")
    shipment = ship_order(order_id=payment.order_id, actor=None)
    deliver_shipment(shipment_id=shipment.pk, actor=None)
    order = Order.objects.get()
    assert (order.status, order.fulfilment_status, order.payment_status) == ("processing", "delivered", "authorized")
    execute_due()
    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("completed", "paid")


def test_staff_may_complete_an_order_whose_money_is_being_captured(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card("gateway_at_the_door")
    ship_order(order_id=payment.order_id, actor=None)
    answer = client_of(StaffFactory()).put(f"{V1}/orders/{payment.order_id}/status", {"status": "completed"})
    assert given(answer)["status"] == "processing"
    execute_due()
    assert Order.objects.get().status == "completed"


# --- Who carries out what nobody did --------------------------------------------------------------


def test_a_worker_is_sent_for_by_the_outbox_and_carries_out_what_nobody_waits_for(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card()
    relay.run_once()
    cancel_order(order_id=payment.order_id, actor=None)
    sent: list[str] = []
    monkeypatch.setattr(
        "core.queue.current_app.send_task", lambda name, kwargs, retry: sent.append(kwargs["operation_id"])
    )
    with django_capture_on_commit_callbacks(execute=True):
        relay.run_once()
    [cancel] = [str(one.pk) for one in payment.operations.all() if one.kind == "cancel"]
    assert cancel in sent
    assert execute_operation(operation_id=cancel) == "succeeded"


def test_a_worker_leaves_to_its_caller_what_is_waited_for(bank: GatewayProcess) -> None:
    operation = start_of(order_by_card())
    assert execute_if_due(operation.pk).state == "requested"
    assert (execute_due_operations(), bank.tell()) == (0, 0)
    with later():
        assert execute_due_operations() == 1


def test_what_stays_undecided_becomes_a_task_of_staff_until_it_is_decided(
    bank: GatewayProcess, settings: Settings
) -> None:
    operation = requested_refund(paid_by_card())
    providers = settings.PAYMENT_PROVIDERS
    settings.PAYMENT_PROVIDERS = providers[:2]
    for hours in range(2, 8, 2):
        with clock.at(clock.now() + timedelta(hours=hours)):
            execute_due_operations()
        raised = StaffTask.objects.filter(kind=UNDECIDED, object_id=str(operation.pk))
        assert raised.exists() == (hours == 6)
    settings.PAYMENT_PROVIDERS = providers
    with clock.at(clock.now() + timedelta(hours=9)):
        execute_due_operations()
    assert raised.get().state != "open"


def test_nobody_is_asked_inside_of_a_transaction(bank: GatewayProcess) -> None:
    operation = start_of(order_by_card())
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        execute(operation.pk)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ask(operation.payment_id)
    assert bank.tell() == 0


# --- Reconciling ----------------------------------------------------------------------------------


def reconciled(*options: str) -> tuple[dict[str, Any], int]:
    output, code = io.StringIO(), 0
    try:
        call_command("payments", "reconcile", "--json", *options, stdout=output)
    except CommandError as error:
        code = error.returncode
    return json.loads(output.getvalue()), code


def left_undecided(bank: GatewayProcess, behaviour: str) -> PaymentOperation:
    payment = paid_by_card()
    bank.tell(next_one=behaviour)
    operation = refund_payment(payment_id=payment.pk, amount=Money(500, "USD"), actor=None).operation
    assert operation is not None
    return execute(operation.pk)


@pytest.mark.parametrize("behaviour", ["lost_answer", "no_answer"])
def test_reconciling_settles_what_is_undecided(bank: GatewayProcess, behaviour: str) -> None:
    operation = left_undecided(bank, behaviour)
    report, code = reconciled()
    assert (code, report["summary"]) == (0, {"payments": 1, "recorded": 1, "undecided": 0, "different": 0})
    assert ledger_of(operation.payment)[-1] == ("refund", 500)
    assert bank.effects().count(("refund", 500)) == 1
    assert reconciled() == ({"payments": [], "summary": dict.fromkeys(report["summary"], 0)}, 0)


def test_a_dry_run_tells_what_would_be_recorded_and_writes_nothing(bank: GatewayProcess) -> None:
    operation = left_undecided(bank, "lost_answer")
    report, code = reconciled("--dry-run")
    assert (code, report["summary"]["recorded"]) == (0, 1)
    operation.refresh_from_db()
    assert operation.state == "undecided"


def test_what_stays_undecided_ends_with_1(bank: GatewayProcess) -> None:
    left_undecided(bank, "no_answer")
    report, code = reconciled("--dry-run")
    assert (code, report["summary"]["undecided"]) == (1, 1)


def test_a_part_of_the_money_is_a_difference_and_no_capture(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": 1})

    report, code = reconciled()

    assert code == 1
    assert report["payments"][0]["differences"] == ["captured: 0.01 USD at the provider, 0.00 USD here"]
    payment.refresh_from_db()
    assert (payment.status, ledger_of(payment)) == ("pending", [])
    assert payment.order.status == "pending"


def test_a_refund_whose_key_the_provider_has_forgotten_is_not_sent_again(bank: GatewayProcess) -> None:
    operation = left_undecided(bank, "lost_answer")
    bank.tell(answers={})

    again = execute(operation.pk)

    assert (again.state, again.error_code) == ("undecided", "differs")
    assert "refunded: 5.00 USD at the provider" in again.error_message
    assert bank.effects().count(("refund", 500)) == 1


def test_an_attempt_that_never_arrived_is_sent_again(bank: GatewayProcess) -> None:
    operation = left_undecided(bank, "no_answer")

    assert execute(operation.pk).state == "succeeded"
    assert bank.effects().count(("refund", 500)) == 1


def test_one_operation_that_cannot_be_worked_on_leaves_the_others_their_turn(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = left_undecided(bank, "no_answer"), left_undecided(bank, "no_answer")
    sender = executing._sender

    def fails_for_one(order: Order, payment: Payment, operation: PaymentOperation) -> Any:
        if operation == broken:
            raise RuntimeError("oops")
        return sender(order, payment, operation)

    monkeypatch.setattr(executing, "_sender", fails_for_one)
    tomorrow = clock.now() + timedelta(days=1)
    with pytest.raises(ExecutionFailed, match=str(broken.pk)):
        execute_due(now=tomorrow)

    other.refresh_from_db()
    broken.refresh_from_db()
    assert (other.state, broken.state) == ("succeeded", "undecided")
    assert broken.next_attempt_at is not None
    assert broken.next_attempt_at > tomorrow


def test_what_was_refunded_at_the_provider_alone_is_a_difference(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    gateway.call("POST", f"/payments/{payment.pk}/refund", {"key": "by hand", "amount": 700, "pid": 0})
    report, code = reconciled("--days", "1")
    assert code == 1
    assert report["payments"][0]["differences"] == ["refunded: 7.00 USD at the provider, 0.00 USD here"]
    assert reconciled()[1] == 0  # not asked about without --days


def test_people_read_what_was_settled(bank: GatewayProcess, capsys: pytest.CaptureFixture[str]) -> None:
    operation = left_undecided(bank, "lost_answer")
    call_command("payments", "reconcile")
    printed = capsys.readouterr().out
    assert f"{operation.payment.order.number}" in printed
    assert "Refund 5.00 USD: Succeeded" in printed
    assert "1 payment asked about" in printed


def test_payments_by_hand_are_asked_about_nowhere(bank: GatewayProcess) -> None:
    order_awaiting_transfer()
    assert list(reconcile(days=30)) == []


# --- News from the provider -----------------------------------------------------------------------


def event(payment: Payment, **more: Any) -> bytes:
    return json.dumps({"id": "ev_1", "payment": payment.provider_reference, **more}).encode()


def send(body: bytes, signature: str) -> Any:
    address = f"{V1}/payments/providers/gateway/events"
    return Client().post(address, body, content_type="application/json", headers={"signature": signature})


def test_news_of_a_payment_have_it_asked_about(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": WHOLE})
    body = event(payment)
    for _time in range(2):
        assert given(send(body, gateway.signature(body))) == {"is_known": True}
    payment.refresh_from_db()
    transaction_row = PaymentTransaction.objects.get(payment=payment)
    assert (payment.status, transaction_row.event_id) == ("captured", "ev_1")


def test_old_news_told_again_find_the_payment_further_on(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    for state, captured in (("authorized", 0), ("captured", WHOLE)):
        gateway.call("POST", f"/pay/{payment.pk}", {"state": state, "captured": captured})
        body = event(payment)
        given(send(body, gateway.signature(body)))
    assert list(payment.transactions.order_by("id").values_list("kind", "event_id")) == [
        ("authorize", "ev_1"), ("capture", None),
    ]  # fmt: skip


def test_news_that_are_not_signed_are_refused(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    payment = paid_by_card()
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": WHOLE})
    refused(send(event(payment), "forged"), 400, "invalid_event")
    payment.refresh_from_db()
    assert payment.status == "pending"


def test_news_of_what_the_shop_does_not_know_change_nothing(bank: GatewayProcess) -> None:
    body = json.dumps({"id": "ev_2", "payment": "gw_elsewhere"}).encode()
    assert given(send(body, gateway.signature(body))) == {"is_known": False}
    address = f"{V1}/payments/providers/bank_transfer/events"
    refused(Client().post(address, body, content_type="application/json"), 404, "not_found")


# --- The API --------------------------------------------------------------------------------------


def test_staff_refunds_by_the_provider(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    client = client_of(StaffFactory())
    refunded = given(client.post(f"{V1}/payments/{payment.pk}/refund", {"amount": "5.00"}), 201)
    assert [(one["kind"], one["state"]) for one in refunded["operations"]] == [
        ("start", "succeeded"), ("refund", "succeeded"),
    ]  # fmt: skip
    assert refunded["transactions"][-1]["kind"] == "refund"
    assert bank.effects()[-1] == ("refund", 500)


@pytest.mark.parametrize("headers", [{}, KEY])
def test_a_decline_is_told_with_the_providers_reason(bank: GatewayProcess, headers: dict[str, str]) -> None:
    payment = paid_by_card()
    bank.tell(next_one="decline")
    client = client_of(StaffFactory())
    answer = client.post(f"{V1}/payments/{payment.pk}/refund", {"amount": "5.00"}, headers=headers)
    details = refused(answer, 422, "payment_declined")
    assert (details["provider_code"], details["provider_message"]) == ("do_not_honor", "The bank said no.")


def test_a_decline_is_replayed(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    bank.tell(next_one="decline")
    client = client_of(StaffFactory())
    answers = [client.post(f"{V1}/payments/{payment.pk}/refund", {"amount": "5.00"}, headers=KEY) for _ in range(2)]
    assert answers[0].content == answers[1].content
    refused(answers[1], 422, "payment_declined")
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert payment.operations.filter(kind="refund").count() == 1


def test_an_unknown_outcome_is_202_and_the_same_key_gives_the_outcome_later(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    bank.tell(next_one="lost_answer")
    client = client_of(StaffFactory())
    address = f"{V1}/payments/{payment.pk}/refund"
    undecided = client.post(address, {"amount": "5.00"}, headers=KEY)
    assert given(undecided, 202)["operations"][-1]["state"] == "undecided"
    assert "has not answered yet" in undecided.json()["message"]
    refused(
        client.post(address, {"amount": "5.00"}, headers={"idempotency-key": "another"}), 409, "operation_in_flight"
    )
    decided = client.post(address, {"amount": "5.00"}, headers=KEY)
    assert given(decided, 201)["operations"][-1]["state"] == "succeeded"
    assert client.post(address, {"amount": "5.00"}, headers=KEY).content == decided.content
    assert bank.effects().count(("refund", 500)) == 1


def test_what_is_refused_before_anything_is_committed_frees_the_key(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    client = client_of(StaffFactory())
    address = f"{V1}/payments/{payment.pk}/refund"
    refused(client.post(address, {"amount": "500.00"}, headers=KEY), 422, "refund_too_large")
    given(client.post(address, {"amount": "5.00"}, headers=KEY), 201)


def test_customers_do_not_see_what_the_provider_was_asked(bank: GatewayProcess) -> None:
    user = UserFactory()
    payment = paid_by_card(customer=user)
    assert given(client_of(user).get(f"{V1}/payments/{payment.pk}"))["operations"] is None
    refused(client_of(user).post(f"{V1}/payments/{payment.pk}/reconcile"), 403, "not_allowed")


def test_staff_asks_the_provider(bank: GatewayProcess) -> None:
    operation = left_undecided(bank, "lost_answer")
    client = client_of(StaffFactory())
    told = given(client.post(f"{V1}/payments/{operation.payment_id}/reconcile"))
    assert told["operations"][-1]["state"] == "succeeded"
    by_hand = completed_order().payments.get()
    refused(client.post(f"{V1}/payments/{by_hand.pk}/reconcile"), 404, "not_found")


def test_staff_is_told_when_the_provider_does_not_answer(bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = paid_by_card()
    monkeypatch.setenv(gateway.PORT, "1")
    refused(client_of(StaffFactory()).post(f"{V1}/payments/{payment.pk}/reconcile"), 409, "outcome_unknown")


@pytest.mark.parametrize("headers", [{}, KEY])
def test_an_order_that_is_placed_says_where_to_pay(bank: GatewayProcess, headers: dict[str, str]) -> None:
    bank.tell(start="redirect")
    cart = cart_ready_to_order(provider="gateway")
    client = client_with_cart(cart.token)
    first = client.post(PLACE, headers=headers)
    [payment] = given(first, 201)["payments"]
    assert payment["next_action"] == {"type": "redirect", "url": f"https://gateway.example/pay/{payment['id']}"}
    again = client.post(PLACE, headers=headers)
    assert given(again, 201 if headers else 200)["payments"][0] == payment
    assert bank.effects() == [("start", WHOLE)]


def test_an_order_whose_payment_is_declined_is_placed_and_says_so(bank: GatewayProcess) -> None:
    bank.tell(next_one="decline")
    client = client_with_cart(cart_ready_to_order(provider="gateway").token)
    answer = client.post(PLACE, headers=KEY)
    order = given(answer, 201)
    assert (order["status"], order["payments"][0]["status"]) == ("pending", "failed")
    assert answer.json()["message"] == "The order is saved, but the payment was declined: The bank said no."
    assert client.post(PLACE, headers=KEY).content == answer.content


def test_a_start_without_an_answer_is_202_and_is_settled_by_the_same_key(bank: GatewayProcess) -> None:
    bank.tell(next_one="no_answer")
    client = client_with_cart(cart_ready_to_order(provider="gateway").token)
    given(client.post(PLACE, headers=KEY), 202)
    order = given(client.post(PLACE, headers=KEY), 201)
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    assert bank.effects() == [("start", WHOLE)]


# --- The database ---------------------------------------------------------------------------------


def test_every_state_of_an_operation_is_reached_and_left_or_final() -> None:
    reached = {state for targets in OPERATION_TRANSITIONS.values() for state in targets} | {OperationState.REQUESTED}
    assert reached == set(OPERATION_TRANSITIONS) == set(OperationState) == IN_FLIGHT | FINAL
    assert {state for state, targets in OPERATION_TRANSITIONS.items() if not targets} == FINAL


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount_minor = 0", "amount_positive"),
        ("kind = 'gift'", "kind_known"),
        ("currency = 'usd'", "currency_iso"),
        ("decided_at = now()", "decided_or_due"),
        ("state = 'succeeded'", "decided_or_due"),
        ("state = 'undecided'", "reason_given"),
    ],
)
def test_the_database_holds_operations_whole(bank: GatewayProcess, change: str, constraint: str) -> None:
    order_by_card()
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payments_paymentoperation SET {change}")


def test_the_database_holds_the_currency_of_the_payment(bank: GatewayProcess) -> None:
    order_by_card()
    with pytest.raises(IntegrityError, match="currency_of_payment"), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_paymentoperation SET currency = 'TND'; SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_paymentoperation SET state = 'requested', decided_at = NULL, next_attempt_at = now()",
        "DELETE FROM payments_paymentoperation",
        "UPDATE payments_paymentoperationstep SET state = 'declined'",
        "DELETE FROM payments_paymentoperationstep",
    ],
)
def test_the_database_lets_nobody_take_back_an_outcome(bank: GatewayProcess, statement: str) -> None:
    paid_by_card()
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_takes_one_operation_in_flight_a_payment_and_kind(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    row = {
        "payment": payment, "kind": OperationKind.REFUND, "amount_minor": 1, "currency": "USD", "entry_point": "api",
        "next_attempt_at": clock.now(),
    }  # fmt: skip
    PaymentOperation.objects.create(**row)
    with pytest.raises(IntegrityError, match="one_in_flight"), transaction.atomic():
        PaymentOperation.objects.create(**row)


def test_the_database_takes_one_outcome_an_operation(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    row = {"payment": payment, "kind": "capture", "amount_minor": 1, "operation": payment.operations.get()}
    with pytest.raises(IntegrityError, match="operation_once"):
        PaymentTransaction.objects.create(**row, provider="gateway", door="api")
