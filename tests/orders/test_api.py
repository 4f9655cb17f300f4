"""Orders through the API: their customers, guests with a token, colleagues, strangers and staff."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import User
from core.db.ids import new_id
from inventory.models import StockItem
from notifications.order_links import MOST_AN_HOUR
from notifications.services import send_due_messages
from orders.models import Order
from orders.selectors import order_link_token
from tests.api import V1, client_of, client_with_cart, codes_of, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import cart_with, completed_order, confirmed_order, order_awaiting_transfer, shipped_order

pytestmark = pytest.mark.django_db


def staff_who_may(*permissions: str) -> User:
    """Staff with these permissions and no others."""
    user: User = UserFactory(is_staff=True)
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


OUTSIDERS: dict[str, Callable[[], APIClient]] = {
    "stranger": APIClient,
    "guest with another cart": lambda: client_with_cart(cart_with().token),
    "colleague": lambda: client_of(UserFactory()),
    "staff without permission": lambda: client_of(staff_who_may()),
    "customer with the permission but no staff": lambda: client_of(_promoted()),
}


def _promoted() -> User:
    user = staff_who_may("orders.view_order", "orders.change_order")
    user.is_staff = False
    user.save()
    return user


@pytest.fixture(params=OUTSIDERS)
def outsider(request: pytest.FixtureRequest) -> APIClient:
    return OUTSIDERS[request.param]()


def state(order: Order) -> tuple[str, str, str, int]:
    order.refresh_from_db()
    return order.status, order.payment_status, order.fulfilment_status, order.transitions.count()


# --- Reading --------------------------------------------------------------------------------------


def test_customers_list_their_own_orders() -> None:
    user = UserFactory()
    older, newer = confirmed_order(customer=user), order_awaiting_transfer(customer=user)
    confirmed_order(customer=UserFactory())
    confirmed_order()
    listed = given(client_of(user).get(f"{V1}/orders"))
    assert [order["id"] for order in listed] == [str(newer.pk), str(older.pk)]
    assert given(client_of(user).get(f"{V1}/orders", {"status": "pending"}))[0]["id"] == str(newer.pk)


def test_staff_who_may_see_orders_list_all() -> None:
    confirmed_order(customer=UserFactory())
    confirmed_order()
    assert len(given(client_of(staff_who_may("orders.view_order")).get(f"{V1}/orders"))) == 2
    assert given(client_of(staff_who_may()).get(f"{V1}/orders")) == []


@pytest.mark.parametrize(
    "query",
    [
        {"status": "shipped"},
        {"payment_status": "x"},
        {"placed_from": "yesterday"},
        {"placed_from": "2026-02-30T00:00:00Z"},
        {"placed_from": "0001-01-01T00:00:00+10:00"},
        {"placed_before": "9999-12-31T23:59:59-10:00"},
        {"number": "\x00"},
    ],
)
def test_a_filter_that_makes_no_sense_is_named(query: dict[str, str]) -> None:
    details = faulty(client_of(UserFactory()).get(f"{V1}/orders", query))
    assert set(details) == set(query)


def test_orders_are_found_by_a_number_typed_carelessly_and_by_time() -> None:
    user = UserFactory()
    order = confirmed_order(customer=user)
    client = client_of(user)
    assert len(given(client.get(f"{V1}/orders", {"number": f" {order.number.lower()} "}))) == 1
    assert given(client.get(f"{V1}/orders", {"placed_from": "2100-01-01T00:00:00Z"})) == []
    assert given(client.get(f"{V1}/orders", {"placed_before": "2000-01-01T00:00:00Z"})) == []
    # Further from Greenwich than PostgreSQL would read.
    assert len(given(client.get(f"{V1}/orders", {"placed_before": "2100-01-30T10:11:02-17:02"}))) == 1


def test_an_order_is_read_by_its_customer() -> None:
    user = UserFactory()
    order = confirmed_order(customer=user, quantity=2)
    seen = given(client_of(user).get(f"{V1}/orders/{order.pk}", headers={"accept-language": "en"}))
    [line] = seen["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"]["amount"]) == (order.lines.get().sku, 2, "19.99")
    assert seen["totals"]["due"] == seen["total"] == {"amount": "44.98", "currency": "USD"}
    assert [step["code"] for step in seen["totals"]["steps"]] == ["subtotal", "shipping"]
    assert [(step["kind"], step["to_state"], step["label"]) for step in seen["history"]] == [
        ("status", "pending", "Pending"),
        ("status", "confirmed", "Confirmed"),
    ]
    assert {step["actor"] for step in seen["history"]} == {None}
    assert [payment["status"] for payment in seen["payments"]] == ["pending"]
    assert seen["is_cancellable"] is True


def test_staff_see_who_did_what() -> None:
    order = confirmed_order()
    staff = StaffFactory(first_name="Samir", last_name="Staff")
    client = client_of(staff)
    given(client.put(f"{V1}/orders/{order.pk}/status", {"status": "processing", "note": "packed"}))
    step = given(client.get(f"{V1}/orders/{order.pk}"))["history"][-1]
    assert (step["to_state"], step["actor"], step["note"]) == ("processing", "Samir Staff", "packed")
    guest = given(client_with_cart(order.cart.token).get(f"{V1}/orders/{order.pk}/tracking"))
    assert [(step["actor"], step["note"]) for step in guest["history"]] == [(None, None)] * 3


@pytest.mark.parametrize("path", ["", "/tracking"])
@pytest.mark.parametrize("is_guests", [True, False])
def test_nobody_else_reads_an_order(outsider: APIClient, path: str, is_guests: bool) -> None:
    order = confirmed_order(customer=None if is_guests else UserFactory())
    refused(outsider.get(f"{V1}/orders/{order.pk}{path}"), 404, "not_found")


@pytest.mark.parametrize("path", ["", "/tracking"])
def test_a_guest_reads_an_order_by_link_or_by_cart(api: APIClient, path: str) -> None:
    order = confirmed_order()
    address = f"{V1}/orders/{order.pk}{path}"
    link = given(client_with_cart(order.cart.token).get(f"{V1}/orders/{order.pk}"))["link_token"]
    assert given(api.get(address, {"token": link}))["number"] == order.number


@pytest.mark.parametrize("spoil", [lambda token: token[:-1], lambda token: token + "x", lambda _token: "x:y:z"])
def test_a_link_that_was_tampered_with_opens_nothing(api: APIClient, spoil: Callable[[str], str]) -> None:
    order = confirmed_order()
    refused(api.get(f"{V1}/orders/{order.pk}", {"token": spoil(order_link_token(order.pk))}), 404, "not_found")


def test_the_token_of_a_customers_cart_opens_nothing() -> None:
    order = confirmed_order(customer=UserFactory())
    refused(client_with_cart(order.cart.token).get(f"{V1}/orders/{order.pk}"), 404, "not_found")


# --- Tracking -------------------------------------------------------------------------------------


def test_number_and_email_together_find_an_order_without_what_is_in_it(api: APIClient) -> None:
    order, _shipment = shipped_order()
    found = given(api.get(f"{V1}/orders/track", {"number": order.number, "email": order.email}))
    assert found["shipments"][0]["tracking_number"] == "1Z999"
    assert [item["sku"] for item in found["items"]] == [order.lines.get().sku]
    assert set(found["items"][0]) == {"sku", "name", "variant_name", "quantity"}
    assert not {"lines", "email", "shipping_address", "total", "link_token", "payments"} & set(found)


def test_number_and_email_open_no_other_door_to_a_customers_order(api: APIClient) -> None:
    order = order_awaiting_transfer(customer=UserFactory())
    found = given(api.get(f"{V1}/orders/track", {"number": order.number, "email": order.email}))
    for value in (found["id"], found["number"]):
        refused(api.get(f"{V1}/orders/{order.pk}", {"token": value}), 404, "not_found")
        refused(api.post(f"{V1}/orders/{order.pk}/back-to-cart?token={value}"), 404, "not_found")
    assert order_link_token(order.pk) not in str(found)


def test_the_link_is_mailed_to_the_orders_address_and_answers_nothing_of_it(api: APIClient) -> None:
    order = confirmed_order()
    pair = {"number": order.number, "email": order.email}
    for _again in range(MOST_AN_HOUR):
        assert given(api.post(f"{V1}/orders/track/link", pair), 202) is None
    refused(api.post(f"{V1}/orders/track/link", pair), 429, "too_many_links")
    refused(api.post(f"{V1}/orders/track/link", pair | {"email": "a@b.example"}), 404, "not_found")
    send_due_messages()
    assert [one.to for one in mail.outbox] == [[order.email]] * MOST_AN_HOUR


@pytest.mark.parametrize(
    "changes", [{"number": "AAAAAAAA0"}, {"email": "other@souk.example"}, {"number": "10248", "email": "a@b.example"}]
)
def test_one_of_both_alone_finds_nothing(api: APIClient, changes: dict[str, str]) -> None:
    order = confirmed_order()
    refused(api.get(f"{V1}/orders/track", {"number": order.number, "email": order.email} | changes), 404, "not_found")


def test_both_are_needed_to_track(api: APIClient) -> None:
    assert set(faulty(api.get(f"{V1}/orders/track"))) == {"number", "email"}


# --- Cancelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_guest", [True, False])
def test_an_unpaid_order_is_cancelled_by_who_placed_it(is_guest: bool) -> None:
    user = None if is_guest else UserFactory()
    order = confirmed_order(customer=user)
    client = client_of(user) if user else client_with_cart(order.cart.token)
    assert given(client.post(f"{V1}/orders/{order.pk}/cancel"))["status"] == "cancelled"
    assert StockItem.objects.get().reserved == 0
    assert given(client.post(f"{V1}/orders/{order.pk}/cancel"))["status"] == "cancelled"
    assert state(order)[3] == 3


@pytest.mark.parametrize("is_guests", [True, False])
def test_nobody_else_cancels_an_order(outsider: APIClient, is_guests: bool) -> None:
    order = confirmed_order(customer=None if is_guests else UserFactory())
    before = state(order)
    refused(outsider.post(f"{V1}/orders/{order.pk}/cancel"), 404, "not_found")
    assert state(order) == before


def test_a_link_lets_its_bearer_look_but_not_cancel(api: APIClient) -> None:
    order = confirmed_order()
    before = state(order)
    response = api.post(f"{V1}/orders/{order.pk}/cancel?token={order_link_token(order.pk)}")
    assert codes_of(response) == {"token": "unknown_parameter"}
    assert state(order) == before


def test_a_paid_order_is_cancelled_by_staff_only() -> None:
    user = UserFactory()
    order = order_awaiting_transfer(customer=user)
    staff = client_of(StaffFactory())
    given(staff.post(f"{V1}/payments/{order.payments.get().pk}/capture"))
    refused(client_of(user).post(f"{V1}/orders/{order.pk}/cancel"), 409, "not_cancellable")
    cancelled = given(staff.post(f"{V1}/orders/{order.pk}/cancel"))
    assert (cancelled["status"], cancelled["totals"]["due"]["amount"]) == ("cancelled", "-24.99")


def test_nobody_cancels_what_is_on_the_road() -> None:
    user = UserFactory()
    order, _shipment = shipped_order(customer=user)
    before = state(order)
    for client in (client_of(user), client_of(StaffFactory())):
        refused(client.post(f"{V1}/orders/{order.pk}/cancel"), 409, "not_cancellable")
    assert state(order) == before


# --- Moving on ------------------------------------------------------------------------------------


def put_status(client: APIClient, order: Order, status: Any) -> Any:
    return client.put(f"{V1}/orders/{order.pk}/status", {"status": status})


def test_staff_walk_an_order_through_its_states() -> None:
    order = order_awaiting_transfer()
    client = client_of(staff_who_may("orders.change_order"))
    assert given(put_status(client, order, "confirmed"))["status"] == "confirmed"
    assert given(put_status(client, order, "confirmed"))["status"] == "confirmed"
    assert given(put_status(client, order, "processing"))["status"] == "processing"
    assert given(put_status(client, order, "cancelled"))["status"] == "cancelled"
    assert StockItem.objects.get().reserved == 0


def test_completing_delivers_what_is_on_the_road_and_collects_the_cash() -> None:
    order, shipment = shipped_order()
    done = given(put_status(client_of(StaffFactory()), order, "completed"))
    assert (done["status"], done["payment_status"], done["fulfilment_status"]) == ("completed", "paid", "delivered")
    shipment.refresh_from_db()
    assert shipment.delivered_at is not None


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (order_awaiting_transfer, "processing", "invalid_transition"),
        (order_awaiting_transfer, "completed", "invalid_transition"),
        (confirmed_order, "pending", "invalid_transition"),
        (confirmed_order, "completed", "invalid_transition"),
        (completed_order, "processing", "invalid_transition"),
        (completed_order, "cancelled", "not_cancellable"),
    ],
)
def test_a_state_that_leads_nowhere_near_is_refused(make: Callable[[], Order], status: str, code: str) -> None:
    order = make()
    before = state(order)
    refused(put_status(client_of(StaffFactory()), order, status), 409, code)
    assert state(order) == before


def test_an_unpaid_order_is_not_completed_and_its_parcel_stays_on_the_road() -> None:
    order = order_awaiting_transfer()
    client = client_of(StaffFactory())
    given(put_status(client, order, "confirmed"))
    given(client.post(f"{V1}/orders/{order.pk}/shipments", {}), 201)
    before = state(order)
    details = refused(put_status(client, order, "completed"), 409, "invalid_transition")
    assert details == {"payment_status": "unpaid", "fulfilment_status": "delivered"}
    assert state(order) == before


@pytest.mark.parametrize("status", ["shipped", "", None, 1, ["confirmed"], {"status": "confirmed"}])
def test_a_status_that_there_is_not_is_refused(status: Any) -> None:
    order = order_awaiting_transfer()
    response = put_status(client_of(StaffFactory()), order, status)
    assert set(faulty(response)) == {"status"}
    assert state(order)[0] == "pending"


def test_an_order_that_there_is_not_is_not_moved() -> None:
    response = client_of(StaffFactory()).put(f"{V1}/orders/{new_id()}/status", {"status": "confirmed"})
    refused(response, 404, "not_found")


def test_nobody_else_moves_an_order(outsider: APIClient) -> None:
    order = order_awaiting_transfer()
    response = put_status(outsider, order, "confirmed")
    assert response.status_code in {401, 403}
    assert state(order)[0] == "pending"


def test_not_even_its_customer_moves_an_order() -> None:
    user = UserFactory()
    order = order_awaiting_transfer(customer=user)
    refused(put_status(client_of(user), order, "confirmed"), 403, "not_allowed")
    assert state(order)[0] == "pending"
