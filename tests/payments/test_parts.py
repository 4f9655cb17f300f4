"""Several payments of one order: a deposit by transfer, the rest at the door."""

import pytest
from django.test import Client
from django.urls import reverse

from checkout.services.cancel_order import cancel_order
from checkout.services.edit_order import Edit, edit_order
from checkout.services.fulfil_order import deliver_shipment, ship_order
from core.errors import InvalidInput, InvalidTransition
from core.money import Money
from orders.models import Order
from orders.selectors import order_link_token
from payments.models import Payment
from payments.parts import split_payment
from payments.selectors import payment_instructions
from payments.services import capture_payment, refund_payment
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.checkout import confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.factories.staff import colleague, staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def split(order: Order, minor: int = 1_000, provider: str = "cash_on_delivery") -> Payment:
    waiting = order.payments.get(status="pending")
    return split_payment(payment_id=waiting.pk, amount=usd(minor), provider=provider, actor=None)


def waiting_of(order: Order) -> list[tuple[str, int]]:
    return sorted(order.payments.filter(status="pending").values_list("provider", "amount_minor"))


def test_the_parts_are_what_was_asked_for_before() -> None:
    order = order_awaiting_transfer()

    part = split(order, 1_000)

    assert (part.provider, part.amount) == ("cash_on_delivery", usd(1_000))
    assert waiting_of(order) == [("bank_transfer", order.total_minor - 1_000), ("cash_on_delivery", 1_000)]
    assert list(order.payments.order_by("pk").values_list("status", flat=True)) == ["voided", "pending", "pending"]


def test_an_order_is_confirmed_when_what_is_paid_and_promised_reaches_its_total() -> None:
    order = order_awaiting_transfer()
    split(order, 1_000)
    order.refresh_from_db()
    assert order.status == "pending"

    capture_payment(payment_id=order.payments.get(provider="bank_transfer", status="pending").pk, actor=None)

    order.refresh_from_db()
    assert (order.status, order.payment_status) == ("confirmed", "partially_paid")


def test_what_is_promised_is_collected_at_the_door_and_completes_the_order() -> None:
    order = order_awaiting_transfer()
    split(order, 1_000)
    capture_payment(payment_id=order.payments.get(provider="bank_transfer", status="pending").pk, actor=None)
    shipment = ship_order(order_id=order.pk, actor=None)

    deliver_shipment(shipment_id=shipment.pk, actor=None)

    order.refresh_from_db()
    assert (order.status, order.payment_status, order.due.minor) == ("completed", "paid", 0)


def test_a_deposit_for_an_order_at_the_door_is_told_how_to_pay(client: Client) -> None:
    order = confirmed_order()
    assert payment_instructions(order) == []

    split(order, 500, "bank_transfer")

    rows = payment_instructions(order)
    assert [str(value) for _label, value in rows].count(str(usd(500))) == 2, "below its provider, and as the amount"
    assert order.number in [value for _label, value in rows]
    page = client.get(reverse("orders:tracking", args=[order_link_token(order.pk)])).text
    assert "Bank transfer" in page
    assert "$5.00" in page


@pytest.mark.parametrize(
    ("minor", "provider", "code", "field"),
    [
        (0, "cash_on_delivery", "invalid_amount", "amount"),
        (-5, "cash_on_delivery", "invalid_amount", "amount"),
        (10**9, "cash_on_delivery", "part_too_large", "amount"),
        (500, "magic", "unknown_payment_provider", "provider"),
    ],
)
def test_a_part_that_cannot_be_is_refused(minor: int, provider: str, code: str, field: str) -> None:
    order = order_awaiting_transfer()

    with pytest.raises(InvalidInput) as wrong:
        split(order, minor, provider)

    assert (wrong.value.code, wrong.value.field) == (code, field)
    assert waiting_of(order) == [("bank_transfer", order.total_minor)]


def test_the_whole_is_no_part() -> None:
    order = order_awaiting_transfer()

    with pytest.raises(InvalidInput, match="less than the whole"):
        split(order, order.total_minor)


def test_what_is_paid_or_given_up_is_not_split() -> None:
    order = order_awaiting_transfer()
    payment = order.payments.get()
    cancel_order(order_id=order.pk, actor=None)

    with pytest.raises(InvalidTransition):
        split_payment(payment_id=payment.pk, amount=usd(100), provider="cash_on_delivery", actor=None)


def test_an_edit_keeps_the_parts_and_the_orders_own_way_to_pay_bears_the_difference() -> None:
    order = order_awaiting_transfer(variant=stocked_variant(9, price_minor=1_000), quantity=3)
    split(order, 1_500)
    line = order.lines.get()

    edit_order(order_id=order.pk, edit=Edit(quantities={line.pk: 4}), actor=None)
    order.refresh_from_db()
    assert waiting_of(order) == [("bank_transfer", order.total_minor - 1_500), ("cash_on_delivery", 1_500)]

    edit_order(order_id=order.pk, edit=Edit(quantities={line.pk: 1}), actor=None)
    order.refresh_from_db()
    assert sum(amount for _provider, amount in waiting_of(order)) == order.due.minor == order.total_minor


def test_each_payment_gives_back_no_more_than_itself() -> None:
    order = order_awaiting_transfer()
    part = split(order, 1_000)
    for payment in order.payments.filter(status="pending"):
        capture_payment(payment_id=payment.pk, actor=None)

    with pytest.raises(InvalidInput) as wrong:
        refund_payment(payment_id=part.pk, amount=usd(1_001), actor=None)
    assert wrong.value.code == "refund_too_large"
    refund_payment(payment_id=part.pk, amount=usd(1_000), actor=None)


def test_staff_splits_by_the_api() -> None:
    order = order_awaiting_transfer()
    address = f"{V1}/payments/{order.payments.get().pk}/split"
    finance = client_of(colleague("payments.change_payment"))

    faulty(finance.post(address, {"amount": "0", "provider": "cash_on_delivery"}), 422, "invalid_amount")
    part = given(finance.post(address, {"amount": "10.00", "provider": "cash_on_delivery"}), 201)

    assert (part["provider"], part["amount"]["amount"], part["status"]) == ("cash_on_delivery", "10.00", "pending")
    refused(finance.post(address, {"amount": "10.00", "provider": "cash_on_delivery"}), 409, "invalid_transition")


def test_customers_do_not_split_their_payments() -> None:
    customer = UserFactory()
    order = order_awaiting_transfer(customer=customer)
    body = {"amount": "1.00", "provider": "cash_on_delivery"}

    for person in (customer, UserFactory(), colleague("payments.view_payment")):
        assert client_of(person).post(f"{V1}/payments/{order.payments.get().pk}/split", body).status_code == 403
    assert order.payments.count() == 1


def test_staff_splits_in_the_admin() -> None:
    order = order_awaiting_transfer()
    client, address = staff_client(), f"/admin/payments/payment/{order.payments.get().pk}/split/"

    assert "less than the whole" in client.post(address, {"amount": "9999", "provider": "cash_on_delivery"}).text
    assert client.post(address, {"amount": "10", "provider": "cash_on_delivery"}).status_code == 302

    assert ("cash_on_delivery", 1_000) in waiting_of(order)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_split_a_payment_once() -> None:
    order = order_awaiting_transfer()
    payment = order.payments.get()

    def one() -> Payment:
        return split_payment(payment_id=payment.pk, amount=usd(900), provider="cash_on_delivery", actor=None)

    results = at_once(one, one)

    assert sum(isinstance(result, InvalidTransition) for result in results) == 1
    assert sum(amount for _provider, amount in waiting_of(order)) == order.total_minor
