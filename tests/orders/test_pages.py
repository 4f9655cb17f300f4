"""Following an order without an account."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from carts.services import add_item
from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import ship_order
from checkout.services.place_order import place_order
from notifications.order_links import MOST_AN_HOUR
from notifications.services import send_due_messages
from orders.selectors import order_link_token
from tests.factories.accounts import UserFactory
from tests.factories.checkout import cart_ready_to_order, confirmed_order, order_awaiting_transfer, shipped_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_guests", [True, False])
def test_number_and_address_show_where_an_order_is_and_nothing_else_of_it(client: Client, is_guests: bool) -> None:
    order, _shipment = shipped_order(customer=None if is_guests else UserFactory())
    page = client.post("/en/orders/track/", {"number": order.number.lower(), "email": order.email.upper()}).text
    assert order.number in page
    assert "1Z999" in page
    assert order.lines.get().name in page
    secrets = (order.ship_to.line1, order.ship_to.full_name, str(order.total.amount), "back-to-cart")
    assert not [secret for secret in secrets if secret in page]
    assert not re.search(r"/track/[^/]*:", page)


def test_a_customer_who_is_logged_in_is_led_to_the_order(client: Client) -> None:
    order = confirmed_order(customer=UserFactory())
    client.force_login(order.customer)
    response = client.post("/en/orders/track/", {"number": order.number, "email": order.email})
    assert response["Location"] == reverse("accounts:order", args=[order.number])


def _mailed_links() -> list[str]:
    send_due_messages()
    return re.findall(r"http://testserver(/en/orders/track/\S+)", "\n".join(str(one.body) for one in mail.outbox))


def test_the_link_is_mailed_again_to_the_orders_address_a_few_times_an_hour(client: Client) -> None:
    order = confirmed_order()
    pair = {"number": order.number, "email": order.email}
    told = [client.post("/en/orders/track/send-link/", pair, follow=True).text for _ in range(MOST_AN_HOUR + 1)]
    assert "We have mailed you the link to your order." in told[0]
    assert "several times already" in told[-1]
    assert {tuple(one.to) for one in mail.outbox} <= {(order.email,)}
    links = _mailed_links()
    assert len(links) == MOST_AN_HOUR
    assert order.ship_to.line1 in client.get(links[0]).text


def test_a_wrong_pair_mails_nobody(client: Client) -> None:
    order = confirmed_order()
    pair = {"number": order.number, "email": "stranger@souk.example"}
    assert client.post("/en/orders/track/send-link/", pair).status_code == 422
    assert _mailed_links() == []


def test_a_wrong_number_and_a_wrong_address_are_told_alike(client: Client) -> None:
    order = confirmed_order()
    wrong_address = client.post("/en/orders/track/", {"number": order.number, "email": "other@souk.example"})
    wrong_number = client.post("/en/orders/track/", {"number": "00000000", "email": "guest@souk.example"})
    for response in (wrong_address, wrong_number):
        assert response.status_code == 422
        assert "We found no order with this number and e-mail address." in response.text


def test_guessing_numbers_ends_with_the_same_limit_as_by_api(client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = {"track": "2/min"}
    guess = {"number": "10248", "email": "guest@souk.example"}
    answers = [client.post(reverse("orders:track"), guess).status_code for _ in range(3)]
    assert answers == [422, 422, 429]
    assert client.get("/api/v1/orders/track", guess).status_code == 429


def test_a_link_that_was_tampered_with_shows_nothing(client: Client) -> None:
    token = order_link_token(confirmed_order().pk)
    assert client.get(f"/en/orders/track/{token[:-1]}/").status_code == 404
    assert client.get("/en/orders/track/anything/").status_code == 404


def test_a_parcel_is_shown_with_its_tracking_number(client: Client) -> None:
    order, _shipment = shipped_order()
    page = client.get(f"/en/orders/track/{order_link_token(order.pk)}/").text
    assert "1Z999" in page
    assert "Shipped" in page


def test_an_order_that_waits_for_a_transfer_tells_how_to_pay(client: Client) -> None:
    order = order_awaiting_transfer()
    page = client.get(f"/en/orders/track/{order_link_token(order.pk)}/").text
    assert "How to pay" in page
    assert "Reference" in page


def test_a_cancelled_order_asks_for_no_money(client: Client) -> None:
    order = order_awaiting_transfer()
    cancel_order(order_id=order.pk, actor=None)
    page = client.get(f"/en/orders/track/{order_link_token(order.pk)}/").text
    assert "Cancelled" in page
    assert "How to pay" not in page


def test_following_an_order_takes_a_fixed_number_of_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order, _shipment = shipped_order()
    address = f"/en/orders/track/{order_link_token(order.pk)}/"
    client.get(address)
    with django_assert_max_num_queries(8):
        client.get(address)


@pytest.mark.parametrize("lines", [1, 5])
def test_an_own_order_takes_eight_queries_however_many_lines_it_has(
    client: Client, lines: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    customer = UserFactory()
    cart = cart_ready_to_order(customer=customer)
    for _ in range(lines - 1):
        add_item(cart_id=cart.pk, variant_id=stocked_variant().pk, quantity=1)
    order = place_order(cart_id=cart.pk, actor=customer).order
    ship_order(order_id=order.pk, actor=None, tracking_number="1Z999")
    client.force_login(customer)
    address = f"/en/account/orders/{order.number}/"
    client.get(address)
    with django_assert_max_num_queries(8):
        assert "1Z999" in client.get(address).text


def test_a_confirmation_takes_eight_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = confirmed_order(customer=UserFactory())
    client.force_login(order.customer)
    client.get("/en/")
    with django_assert_max_num_queries(8):
        assert order.number in client.get(f"/en/checkout/done/{order.number}/").text
