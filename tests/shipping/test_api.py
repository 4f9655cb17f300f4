"""Parcels through the API, sent and handed over by staff."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from core.db.ids import new_id
from inventory.models import StockItem
from orders.models import Order
from shipping.models import Shipment
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import confirmed_order, order_awaiting_transfer, shipped_order

pytestmark = pytest.mark.django_db


def parcels(order: Order) -> str:
    return f"{V1}/orders/{order.pk}/shipments"


def test_a_parcel_takes_all_that_is_left() -> None:
    order = confirmed_order(quantity=3)
    parcel = given(client_of(StaffFactory()).post(parcels(order), {"tracking_number": "1Z", "carrier": "Atlas"}), 201)
    assert (parcel["status"], parcel["carrier"], parcel["tracking_number"]) == ("shipped", "Atlas", "1Z")
    assert parcel["lines"] == [{"order_line_id": str(order.lines.get().pk), "quantity": 3}]
    assert StockItem.objects.get().on_hand == 7


def test_an_order_goes_in_several_parcels_and_is_delivered_with_the_last() -> None:
    order = confirmed_order(quantity=3)
    line, client = str(order.lines.get().pk), client_of(StaffFactory())
    first = given(client.post(parcels(order), {"lines": [{"order_line_id": line, "quantity": 1}]}), 201)
    second = given(client.post(parcels(order), {}), 201)
    assert [parcel["lines"][0]["quantity"] for parcel in (first, second)] == [1, 2]
    given(client.post(f"{V1}/shipments/{first['id']}/deliver"))
    order.refresh_from_db()
    assert (order.status, order.fulfilment_status) == ("processing", "shipped")
    given(client.post(f"{V1}/shipments/{second['id']}/deliver"))
    given(client.post(f"{V1}/shipments/{second['id']}/deliver"))
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.fulfilment_status) == ("completed", "paid", "delivered")


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        ([{"quantity": 4}], 422, "not_left_to_ship"),
        ([{"quantity": 10**30}], 422, "not_left_to_ship"),
        ([{"quantity": 1, "order_line_id": str(new_id())}], 422, "not_left_to_ship"),
        ([], 422, "nothing_to_ship"),
        ([{"quantity": 0}], 400, "validation_error"),
        ([{"quantity": 1}, {"quantity": 1}], 400, "validation_error"),
        ([{"quantity": "x"}], 400, "validation_error"),
        ({"quantity": 1}, 400, "validation_error"),
        (7, 400, "validation_error"),
    ],
)
def test_what_the_order_does_not_have_left_is_not_shipped(lines: Any, status: int, code: str) -> None:
    order = confirmed_order(quantity=3)
    if isinstance(lines, list):
        lines = [{"order_line_id": str(order.lines.get().pk)} | line for line in lines]
    refused(client_of(StaffFactory()).post(parcels(order), {"lines": lines}), status, code)
    assert not Shipment.objects.exists()
    assert StockItem.objects.get().on_hand == 10


def test_a_request_sent_twice_ships_once() -> None:
    order = confirmed_order()
    client = client_of(StaffFactory())
    given(client.post(parcels(order), {}), 201)
    refused(client.post(parcels(order), {}), 422, "nothing_to_ship")
    assert Shipment.objects.count() == 1


def test_an_unconfirmed_order_is_not_shipped() -> None:
    refused(client_of(StaffFactory()).post(parcels(order_awaiting_transfer()), {}), 409, "invalid_transition")
    assert not Shipment.objects.exists()


def test_what_there_is_not_is_neither_shipped_nor_delivered() -> None:
    client = client_of(StaffFactory())
    refused(client.post(f"{V1}/orders/{new_id()}/shipments", {}), 404, "not_found")
    refused(client.post(f"{V1}/shipments/{new_id()}/deliver"), 404, "not_found")


@pytest.mark.parametrize("who", ["owner", "colleague", "stranger", "staff without permission"])
def test_only_staff_with_the_permission_ship_and_deliver(api: APIClient, who: str) -> None:
    owner = UserFactory()
    client = {
        "owner": lambda: client_of(owner),
        "colleague": lambda: client_of(UserFactory()),
        "stranger": lambda: api,
        "staff without permission": lambda: client_of(UserFactory(is_staff=True)),
    }[who]()
    answer = (401, "not_authenticated") if who == "stranger" else (403, "not_allowed")
    waiting = confirmed_order(customer=owner)
    refused(client.post(parcels(waiting), {}), *answer)
    _order, shipment = shipped_order(customer=owner)
    refused(client.post(f"{V1}/shipments/{shipment.pk}/deliver"), *answer)
    shipment.refresh_from_db()
    assert (waiting.shipments.count(), shipment.status) == (0, "shipped")
