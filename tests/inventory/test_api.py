"""Stock through the API: staff look, receive and adjust; nobody else sees any of it."""

from typing import Any

import pytest

from catalog.models import Variant
from core.db.ids import new_id
from inventory.models import StockItem, StockMove
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

STOCK = f"{V1}/stock-items"


@pytest.fixture
def teapot() -> Variant:
    return stocked_variant(10, sku="POT-01")


def item_of(variant: Variant) -> StockItem:
    return StockItem.objects.get(variant=variant)


def test_staff_see_what_is_on_hand_reserved_and_available(teapot: Variant) -> None:
    confirmed_order(variant=teapot, quantity=3)
    stocked_variant()
    [seen] = given(client_of(StaffFactory()).get(f"{STOCK}?sku=pot-01&location=main"))
    assert (seen["sku"], seen["location"]) == ("POT-01", "main")
    assert (seen["on_hand"], seen["reserved"], seen["available"]) == (10, 3, 7)
    assert given(client_of(StaffFactory()).get(f"{STOCK}/{seen['id']}")) == seen


def test_an_adjustment_is_made_once_with_its_reason_and_author(teapot: Variant) -> None:
    staff = StaffFactory()
    adjusted = given(client_of(staff).post(f"{STOCK}/{item_of(teapot).pk}/adjust", {"quantity": -2, "reason": "Lost"}))
    move = StockMove.objects.get(kind="adjustment")
    assert adjusted["on_hand"] == 8
    assert (move.quantity, move.reason, move.actor, move.door) == (-2, "Lost", staff, "api")


def test_the_ledger_is_read_newest_first(teapot: Variant) -> None:
    client = client_of(StaffFactory())
    address = f"{STOCK}/{item_of(teapot).pk}"
    client.post(f"{address}/adjust", {"quantity": 5, "reason": "Found"})
    assert [move["quantity"] for move in given(client.get(f"{address}/moves"))] == [5, 10]


def test_new_units_are_received_at_a_location(teapot: Variant) -> None:
    LocationFactory(code="second", name="Second")
    receipt = {"sku": "POT-01", "location": "second", "quantity": 4}
    received = given(client_of(StaffFactory()).post(STOCK, receipt), 201)
    assert (received["location"], received["on_hand"]) == ("second", 4)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quantity": -8, "reason": "Count"}, 409, "stock_below_reserved"),
        ({"quantity": 0, "reason": "Count"}, 422, "quantity_out_of_range"),
        ({"quantity": 10**30, "reason": "Count"}, 422, "quantity_out_of_range"),
        ({"quantity": 1, "reason": " "}, 400, "validation_error"),
        ({"quantity": "many", "reason": "Count"}, 400, "validation_error"),
        ({"quantity": 1}, 400, "validation_error"),
    ],
)
def test_an_impossible_adjustment_is_refused_and_changes_nothing(
    teapot: Variant, body: dict[str, Any], status: int, code: str
) -> None:
    confirmed_order(variant=teapot, quantity=3)
    refused(client_of(StaffFactory()).post(f"{STOCK}/{item_of(teapot).pk}/adjust", body), status, code)
    assert item_of(teapot).on_hand == 10


@pytest.mark.parametrize(
    "receipt",
    [
        {"sku": "NONE", "location": "main", "quantity": 1},
        {"sku": "POT-01", "location": "nowhere", "quantity": 1},
        {"sku": "POT-01", "location": "main", "quantity": -1},
    ],
)
def test_an_impossible_receipt_is_refused_and_changes_nothing(teapot: Variant, receipt: dict[str, Any]) -> None:
    refused(client_of(StaffFactory()).post(STOCK, receipt), 400, "validation_error")
    assert item_of(teapot).on_hand == 10


def test_what_is_not_there_is_not_found() -> None:
    client = client_of(StaffFactory())
    for address in ("", "/moves"):
        refused(client.get(f"{STOCK}/{new_id()}{address}"), 404, "not_found")
    refused(client.post(f"{STOCK}/{new_id()}/adjust", {"quantity": 1, "reason": "Count"}), 404, "not_found")


def test_a_customer_sees_and_changes_nothing(teapot: Variant) -> None:
    client, address = client_of(UserFactory()), f"{STOCK}/{item_of(teapot).pk}"
    refused(client.get(STOCK), 403, "not_allowed")
    refused(client.get(f"{address}/moves"), 403, "not_allowed")
    refused(client.post(f"{address}/adjust", {"quantity": 1, "reason": "Mine"}), 403, "not_allowed")
    assert item_of(teapot).on_hand == 10


def test_staff_who_may_only_look_change_nothing(teapot: Variant) -> None:
    client, address = client_of(colleague("inventory.view_stockitem")), f"{STOCK}/{item_of(teapot).pk}"
    assert given(client.get(address))["on_hand"] == 10
    refused(client.post(f"{address}/adjust", {"quantity": 1, "reason": "Mine"}), 403, "not_allowed")
    assert item_of(teapot).on_hand == 10


@pytest.mark.parametrize("rows", [1, 6])
def test_the_list_takes_the_same_queries_whatever_its_length(
    rows: int, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    client = client_of(StaffFactory())
    for _ in range(rows):
        stocked_variant()
    with django_assert_max_num_queries(4):
        assert len(given(client.get(STOCK))) == rows
