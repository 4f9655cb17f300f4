"""Staff records money that arrived and money that was given back."""

import pytest
from django.db.models import F
from django.urls import reverse

from core.money import Money
from orders.models import Order
from payments.models import Payment
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db


def step_of(order: Order, step: str) -> str:
    return reverse(f"admin:payments_payment_{step}", args=[order.payments.get().pk])


class TestRecordingAPayment:
    def test_confirms_the_order_and_keeps_the_reference(self) -> None:
        order = order_awaiting_transfer()

        page = staff_client().post(step_of(order, "capture"), {"note": "Transfer 4711"}, follow=True)

        order.refresh_from_db()
        transaction = order.payments.get().transactions.get()
        assert (order.status, order.payment_status) == ("confirmed", "paid")
        assert (transaction.kind, transaction.note, transaction.door) == ("capture", "Transfer 4711", "admin")
        assert page.request["PATH_INFO"] == reverse("admin:orders_order_change", args=[order.pk])
        assert messages_of(page) == [f"A payment of {order.total} is recorded."]

    def test_happens_once(self) -> None:
        order, client = order_awaiting_transfer(), staff_client()
        client.post(step_of(order, "capture"))

        page = client.post(step_of(order, "capture"), follow=True)

        assert "This step is not possible in the current state." in messages_of(page)
        assert order.payments.get().transactions.count() == 1

    def test_changes_nothing_by_looking(self) -> None:
        order = order_awaiting_transfer()

        assert staff_client().get(step_of(order, "capture")).status_code == 200
        assert order.payments.get().status == "pending"

    def test_is_not_for_a_cancelled_order(self) -> None:
        order, client = order_awaiting_transfer(), staff_client()
        client.post(reverse("admin:orders_order_cancel", args=[order.pk]))

        page = client.post(step_of(order, "capture"), follow=True)

        assert "This step is not possible in the current state." in messages_of(page)
        assert Payment.objects.get(order=order).status == "voided"


class TestRecordingARefund:
    def test_offers_what_is_owed(self) -> None:
        """A line of a paid order is taken out: its price is to be given back, not all that was paid."""
        order = completed_order()
        Order.objects.filter(pk=order.pk).update(paid_minor=F("total_minor") + 590)

        form = staff_client().get(step_of(order, "refund")).context["form"]

        assert form["amount"].value() == "5.90 USD"
        assert "The customer is owed 5.90 USD." in form["amount"].help_text

    def test_offers_nothing_where_nothing_is_owed(self) -> None:
        form = staff_client().get(step_of(completed_order(), "refund")).context["form"]
        assert form["amount"].value() is None

    def test_of_more_than_is_owed_is_warned_of_and_recorded_as_goodwill(self) -> None:
        order, client = completed_order(), staff_client()
        typed = {"amount": "5.00 USD", "note": "Broken glass"}

        refused = client.post(step_of(order, "refund"), typed)
        order.refresh_from_db()
        assert order.refunded_minor == 0
        (warning,) = refused.context["form"].errors["amount"]
        assert warning.startswith("The customer is owed 0.00 USD.")

        client.post(step_of(order, "refund"), typed | {"goodwill": "on"})
        order.refresh_from_db()
        assert (order.refunded_minor, order.payment_status) == (500, "partially_refunded")
        assert (order.goodwill, order.to_refund, order.due) == (Money(500, "USD"), Money(0, "USD"), Money(0, "USD"))

    def test_twice_in_two_tabs_is_warned_of_the_second_time(self) -> None:
        order, client = completed_order(), staff_client()
        client.post(reverse("admin:payments_payment_refund", args=[order.payments.get().pk]), {"amount": "1 USD"})
        Order.objects.filter(pk=order.pk).update(paid_minor=F("total_minor") + 590)
        assert client.post(step_of(order, "refund"), {"amount": "5.90 USD"}).status_code == 302
        assert client.post(step_of(order, "refund"), {"amount": "5.90 USD"}).status_code == 200
        assert order.payments.get().transactions.filter(kind="refund").count() == 1

    def test_is_of_no_more_than_was_paid(self) -> None:
        order = completed_order()

        page = staff_client().post(step_of(order, "refund"), {"amount": "1000 USD"})

        assert page.context["form"].errors["amount"] == [f"No more than {order.total} can be refunded."]
        order.refresh_from_db()
        assert order.refunded_minor == 0

    @pytest.mark.parametrize("amount", ["0 USD", "5 EUR", "five", ""])
    def test_is_of_a_sum_in_the_payments_currency(self, amount: str) -> None:
        order = completed_order()

        page = staff_client().post(step_of(order, "refund"), {"amount": amount})

        assert page.context["form"].errors["amount"]
        order.refresh_from_db()
        assert order.refunded_minor == 0

    def test_is_not_possible_before_money_arrived(self) -> None:
        page = staff_client().post(step_of(confirmed_order(), "refund"), {"amount": "1 USD"}, follow=True)

        assert messages_of(page) == ["This step is not possible in the current state."]


@pytest.mark.parametrize("step", ["capture", "refund"])
def test_who_may_only_look_records_nothing(step: str) -> None:
    order = order_awaiting_transfer() if step == "capture" else completed_order()
    client = staff_client("payments.view_payment", "orders.change_order")
    page = client.get(reverse("admin:payments_payment_change", args=[order.payments.get().pk]))
    before = order.payments.get().transactions.count()

    response = client.post(step_of(order, step), {"amount": "1 USD"})

    assert step_of(order, step) not in page.content.decode()
    assert response.status_code == 403
    assert order.payments.get().transactions.count() == before
