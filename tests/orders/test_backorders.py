"""Who ordered reads how many units ship later, on pages, in answers and in the mail, until they are there."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import ship_order
from core.outbox import relay
from inventory.services import limit_backorders, receive_stock
from notifications.services import send_due_messages
from orders.models import Order
from orders.selectors import order_link_token
from tests.api import V1, client_of, client_with_cart, given
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.checkout import cart_ready_to_order, confirmed_order
from tests.factories.inventory import LocationFactory, sold_ahead, stocked_variant
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db

SENTENCES = [
    ("en", 1, "1 of them ships later: it is on its way to us."),
    ("en", 3, "3 of them ship later: they are on their way to us."),
    ("fr", 1, "1 article partira plus tard : nous l’attendons."),
    ("fr", 3, "3 articles partiront plus tard : nous les attendons."),
    ("ar", 1, "قطعة واحدة منها تُشحن لاحقًا"),
    ("ar", 2, "قطعتان منها تُشحنان لاحقًا"),
    ("ar", 3, "3 قطع منها تُشحن لاحقًا"),
    ("ar", 11, "11 قطعة منها تُشحن لاحقًا"),
]


def order_waiting_for(units: int, *, there: int = 2, **cart: Any) -> Order:
    """An order of one line, of which two units are there and so many are not."""
    return confirmed_order(variant=sold_ahead(there, limit=units), quantity=there + units, **cart)


def receive(order: Order, units: int) -> None:
    receive_stock(variant_id=order.lines.get().variant_id, location=LocationFactory(), quantity=units)


def backorders(client: Any, order: Order) -> list[int]:
    return [line["backorder"] for line in given(client.get(f"{V1}/orders/{order.pk}"))["lines"]]


def tracking_page(client: Client, order: Order, language: str = "en") -> str:
    return client.get(f"/{language}/orders/track/{order_link_token(order.pk)}/").text


def mail_parts() -> tuple[str, str]:
    """The text and the HTML of the one mail that went out."""
    relay.run_once()
    send_due_messages()
    [message] = mail.outbox
    return str(message.body), str(message.alternatives[0][0])


# --- Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "units", "sentence"), SENTENCES)
def test_a_guest_reads_it_where_the_order_is_followed(client: Client, language: str, units: int, sentence: str) -> None:
    assert sentence in tracking_page(client, order_waiting_for(units), language)


def test_a_customer_reads_it_on_the_orders_page_and_the_confirmation(client: Client) -> None:
    customer = UserFactory()
    order = order_waiting_for(3, customer=customer)
    client.force_login(customer)
    for page in (f"/en/account/orders/{order.number}/", f"/en/checkout/done/{order.number}/"):
        assert "3 of them ship later: they are on their way to us." in client.get(page).text


def test_a_line_of_which_nothing_is_there_ships_later_as_a_whole(client: Client) -> None:
    assert "Ships later: it is on its way to us." in tracking_page(client, order_waiting_for(3, there=0))


def test_a_page_says_nothing_of_what_is_there(client: Client) -> None:
    assert "later" not in tracking_page(client, confirmed_order(variant=stocked_variant(3), quantity=3))


def test_the_page_follows_what_arrives(client: Client) -> None:
    order = order_waiting_for(3)
    receive(order, 2)
    assert "1 of them ships later" in tracking_page(client, order)
    receive(order, 1)
    assert "later" not in tracking_page(client, order)


# --- The API ---------------------------------------------------------------------------------------


def test_the_answer_to_a_placed_order_says_it_as_every_later_one_does() -> None:
    cart = cart_ready_to_order(sold_ahead(2, limit=3), quantity=5)
    client = client_with_cart(cart.token)
    placed = given(client.post(f"{V1}/checkout/place", {}), 201)
    assert [line["backorder"] for line in placed["lines"]] == [3]
    assert given(client.get(f"{V1}/orders/{placed['id']}"))["lines"] == placed["lines"]


def test_what_waits_at_several_locations_for_a_line_that_was_held_is_told_as_one_number() -> None:
    variant = sold_ahead(1, limit=1)
    limit_backorders(variant_id=variant.pk, location=LocationFactory(code="second", priority=1), limit=2)
    client = client_with_cart(cart_ready_to_order(variant, quantity=4).token)
    given(client.patch(f"{V1}/checkout", {}))
    placed = given(client.post(f"{V1}/checkout/place", {}), 201)
    assert [line["backorder"] for line in placed["lines"]] == [3]
    assert given(client.get(f"{V1}/orders/{placed['id']}"))["lines"] == placed["lines"]


def test_so_does_the_answer_to_an_order_of_items() -> None:
    said = {
        "items": [{"sku": sold_ahead(2, limit=3).sku, "quantity": 5}, {"sku": stocked_variant(1).sku}],
        "shipping_address": postal(),
        "shipping_method": ShippingMethodFactory().code,
        "payment_provider": "cash_on_delivery",
    }
    placed = given(client_of(UserFactory()).post(f"{V1}/orders", said), 201)
    assert [line["backorder"] for line in placed["lines"]] == [3, 0]


def test_what_was_sent_and_what_arrived_do_not_ship_later() -> None:
    order, staff = order_waiting_for(3), client_of(StaffFactory())
    ship_order(order_id=order.pk, actor=None, quantities={order.lines.get().pk: 2})
    assert backorders(staff, order) == [3]
    receive(order, 1)
    assert backorders(staff, order) == [2]
    receive(order, 2)
    assert backorders(staff, order) == [0]


def test_nothing_of_a_cancelled_order_ships_later() -> None:
    order = order_waiting_for(3)
    cancel_order(order_id=order.pk, actor=None)
    assert backorders(client_of(StaffFactory()), order) == [0]


def test_to_say_it_in_the_answer_to_a_placed_order_takes_no_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    customer = UserFactory()
    cart_ready_to_order(sold_ahead(0, limit=3), quantity=3, customer=customer)
    client = client_of(customer)
    # The last closes the cart: what waits is known of the reservation.
    with django_assert_num_queries(19) as queries:
        placed = given(client.post(f"{V1}/checkout/place", {}), 201)
    assert [line["backorder"] for line in placed["lines"]] == [3]
    assert queries.captured_queries[-2]["sql"].startswith('UPDATE "carts_cart"')


# --- The mail --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "units", "sentence"), SENTENCES)
def test_the_mail_says_it_in_both_its_parts(language: str, units: int, sentence: str) -> None:
    with override(language):
        order_waiting_for(units)
    for part in mail_parts():
        assert sentence in part


def test_the_mail_says_nothing_of_what_is_there() -> None:
    confirmed_order(variant=stocked_variant(3), quantity=3)
    for part in mail_parts():
        assert "later" not in part
