"""Staff moves money by its provider in the admin, and settles what is undecided; shoppers are led to pay."""

import pytest
from django.test import Client
from django.urls import reverse

from core.models import IdempotentRequest
from orders.models import Order
from payments.admin import PaymentAdmin
from payments.models import Payment
from payments.tasks import reconcile_payments
from tests.factories.checkout import cart_ready_to_order
from tests.factories.payments import order_by_card, paid_by_card, requested_refund
from tests.factories.staff import messages_of, staff_client
from tests.payments import gateway
from tests.payments.conftest import GatewayProcess

pytestmark = pytest.mark.django_db

WHOLE = 2499
ONCE = "0197f7a2-0000-7000-8000-000000000001"


def step_of(payment: Payment, step: str) -> str:
    return reverse(f"admin:payments_payment_{step}", args=[payment.pk])


def order_page(payment: Payment) -> str:
    return staff_client().get(reverse("admin:orders_order_change", args=[payment.order_id])).content.decode()


def buttons_of(payment: Payment) -> set[str]:
    page = order_page(payment)
    return {step for step in ("capture", "refund", "collect", "give_back", "ask") if step_of(payment, step) in page}


# --- The admin ------------------------------------------------------------------------------------


def test_a_payment_by_a_provider_has_the_steps_of_its_state(bank: GatewayProcess) -> None:
    bank.tell(start="authorize")
    payment = paid_by_card()
    assert buttons_of(payment) == {"collect", "ask"}
    staff_client().post(step_of(payment, "collect"))
    assert buttons_of(payment) == {"give_back"}
    requested_refund(payment)
    assert buttons_of(payment) == {"ask"}


def test_staff_refunds_through_the_provider_once_a_page(bank: GatewayProcess) -> None:
    payment, client = paid_by_card(), staff_client()
    typed = {"amount": "5.00 USD", "goodwill": "on", "once": ONCE}

    page = client.post(step_of(payment, "give_back"), typed, follow=True)
    again = client.post(step_of(payment, "give_back"), typed, follow=True)

    assert messages_of(page) == ["5.00 USD has been refunded."]
    assert messages_of(again) == ["This was done already."]
    assert bank.effects() == [("start", WHOLE), ("refund", 500)]
    assert Order.objects.get().refunded_minor == 500


def test_a_decline_is_told_with_its_reason(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    bank.tell(next_one="decline")
    typed = {"amount": "5.00 USD", "goodwill": "on", "once": ONCE}
    page = staff_client().post(step_of(payment, "give_back"), typed, follow=True)
    assert messages_of(page) == ["The payment provider declined: The bank said no."]
    assert "The bank said no." in order_page(payment)


def test_an_unknown_outcome_is_told_and_settled_by_asking(bank: GatewayProcess) -> None:
    payment, client = paid_by_card(), staff_client()
    bank.tell(next_one="lost_answer")
    typed = {"amount": "5.00 USD", "goodwill": "on", "once": ONCE}

    page = client.post(step_of(payment, "give_back"), typed, follow=True)
    assert "has not answered yet" in messages_of(page)[0]
    assert IdempotentRequest.objects.get().status is None

    asked = client.post(step_of(payment, "ask"), follow=True)
    assert messages_of(asked) == ["The payment is up to date: Captured."]
    assert payment.transactions.filter(kind="refund").count() == bank.effects().count(("refund", 500)) == 1


def test_the_same_page_sent_again_carries_on_with_what_is_undecided(
    bank: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, client = paid_by_card(), staff_client()
    bank.tell(next_one="lost_answer")
    typed = {"amount": "5.00 USD", "goodwill": "on", "once": ONCE}
    client.post(step_of(payment, "give_back"), typed)
    # The button of the step is gone, but the page that was open still has it.
    monkeypatch.setattr(PaymentAdmin, "possible_steps", lambda self, obj: {"give_back"})
    again = client.post(step_of(payment, "give_back"), typed, follow=True)
    assert messages_of(again)[-1] == "5.00 USD has been refunded."
    assert payment.transactions.filter(kind="refund").count() == bank.effects().count(("refund", 500)) == 1


def test_staff_tries_an_undecided_operation_again(bank: GatewayProcess) -> None:
    operation = requested_refund(paid_by_card())
    client = staff_client()
    listed = client.get(reverse("admin:payments_paymentoperation_changelist")).content.decode()
    assert "Refund" in listed
    page = client.post(reverse("admin:payments_paymentoperation_try_again", args=[operation.pk]), follow=True)
    assert messages_of(page) == [f"Refund {operation.amount}: Succeeded."]
    decided = client.post(reverse("admin:payments_paymentoperation_try_again", args=[operation.pk]), follow=True)
    assert messages_of(decided) == ["This step is not possible in the current state."]
    assert bank.effects()[-1] == ("refund", 100)


@pytest.mark.parametrize("step", ["collect", "give_back", "ask"])
def test_who_may_only_look_moves_nothing(bank: GatewayProcess, step: str) -> None:
    payment = paid_by_card()
    client = staff_client("payments.view_payment", "payments.view_paymentoperation")
    assert client.post(step_of(payment, step), {"amount": "1 USD"}).status_code == 403
    assert payment.operations.count() == 1


def test_the_trail_of_an_operation_is_on_its_page(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    operation = payment.operations.get()
    address = reverse("admin:payments_paymentoperation_change", args=[operation.pk])
    assert address in order_page(payment)
    page = staff_client().get(address).content.decode()
    assert operation.provider_key in page
    assert page.count("Requested") >= 1
    assert "Succeeded" in page


# --- Pages ----------------------------------------------------------------------------------------


def shopper_of_a_cart(provider: str = "gateway") -> tuple[Client, dict[str, str]]:
    cart, client = cart_ready_to_order(provider=provider), Client()
    session = client.session
    session["cart_token"] = cart.token
    session.save()
    return client, {"cart": str(cart.pk)}


def test_a_shopper_is_led_to_the_page_of_the_provider(bank: GatewayProcess) -> None:
    bank.tell(start="redirect")
    client, sent = shopper_of_a_cart()
    page = client.post(reverse("checkout:review"), sent, follow=True).content.decode()
    payment = Payment.objects.get()
    assert f'href="https://gateway.example/pay/{payment.pk}"' in page
    assert "Continue to payment" in page
    gateway.call("POST", f"/pay/{payment.pk}", {"state": "captured", "captured": WHOLE})
    assert reconcile_payments() == 1
    confirmed = client.get(reverse("checkout:confirmation", args=[Order.objects.get().number])).content.decode()
    assert "Continue to payment" not in confirmed


def test_a_shopper_reads_that_the_payment_was_declined(bank: GatewayProcess) -> None:
    bank.tell(next_one="decline")
    client, sent = shopper_of_a_cart()
    page = client.post(reverse("checkout:review"), sent, follow=True).content.decode()
    assert "Your payment was declined" in page
    assert "Continue to payment" not in page


def test_the_hourly_look_fails_where_something_differs(bank: GatewayProcess) -> None:
    payment = paid_by_card()
    gateway.call("POST", f"/payments/{payment.pk}/refund", {"key": "by hand", "amount": 700, "pid": 0})
    with pytest.raises(Exception, match=payment.order.number):
        reconcile_payments()


def test_an_order_that_waits_for_its_provider_shows_no_page_to_pay(bank: GatewayProcess) -> None:
    order = order_by_card()
    assert order.payments.get().redirect_url == ""
