"""Cursors: pages that neither repeat nor lose a row, at the same cost however deep."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens import issue_tokens
from catalog.models import Product
from core import clock
from core.api.cursors import Cursor, total_ordering
from inventory.services import receive_stock
from orders.models import Order
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import AddressFactory, StaffFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant

pytestmark = pytest.mark.django_db

PRODUCTS = f"{V1}/products"


def walk(client: APIClient, address: str | None, towards: str = "next") -> Iterator[Any]:
    """The rows of every page from an address on."""
    while address:
        response = client.get(address)
        yield from given(response)
        address = response.json()["pagination"][towards]


def ids(rows: Any) -> list[str]:
    return [row["id"] for row in rows]


def products(*prices: int) -> None:
    for price in prices:
        stocked_variant(price_minor=price)


def moves(user: User) -> str:
    item = stocked_variant().stock_items.get()
    for _number in range(4):
        receive_stock(variant_id=item.variant_id, location=item.location, quantity=1)
    return f"{V1}/stock-items/{item.pk}/moves"


def orders(user: User) -> str:
    for _number in range(5):
        confirmed_order(customer=user)
    return f"{V1}/orders"


def payments(user: User) -> str:
    orders(user)
    return f"{V1}/payments"


def stock(user: User) -> str:
    for code in ("a", "b"):
        variant = stocked_variant()
        receive_stock(variant_id=variant.pk, location=LocationFactory(code=code), quantity=1)
    stocked_variant()
    return f"{V1}/stock-items"


def addresses(user: User) -> str:
    AddressFactory.create_batch(5, user=user)
    return f"{V1}/users/me/addresses"


def sessions(user: User) -> str:
    for _number in range(4):
        issue_tokens(user)
    return f"{V1}/users/me/sessions"


def newest(user: User) -> str:
    products(3, 1, 2, 1, 1)
    return PRODUCTS


def cheapest(user: User) -> str:
    return f"{newest(user)}?ordering=price"


def dearest(user: User) -> str:
    return f"{newest(user)}?ordering=-price&in_stock=true"


LISTS = [newest, cheapest, dearest, orders, payments, stock, moves, addresses, sessions]


@pytest.mark.parametrize("make", LISTS)
def test_a_walk_by_cursor_sees_what_pages_see_and_comes_back(make: Callable[[User], str]) -> None:
    user = StaffFactory()
    client = client_of(user)
    address = make(user)
    sign = "&" if "?" in address else "?"
    expected = ids(given(client.get(address)))
    first = f"{address}{sign}cursor=&page_size=2"
    assert len(expected) == 5
    assert ids(walk(client, first)) == expected
    *_others, last = pages(client, first)
    back = [ids(given(client.get(page))) for page in reversed(list(pages(client, last, "previous")))]
    assert [one for page in back for one in page] == expected


def pages(client: APIClient, address: str | None, towards: str = "next") -> Iterator[str]:
    while address:
        yield address
        address = client.get(address).json()["pagination"][towards]


def test_a_cursor_counts_nothing(api: APIClient) -> None:
    products(1, 2, 3)
    with CaptureQueriesContext(connection) as queries:
        place = api.get(PRODUCTS, {"cursor": "", "page_size": 2}).json()["pagination"]
    assert (place["page"], place["total"], place["pages"], place["previous"], place["page_size"]) == (
        None,
        None,
        None,
        None,
        2,
    )
    assert not [query for query in queries if "COUNT(*)" in query["sql"]]


def test_rows_that_come_and_go_disturb_no_walk(api: APIClient) -> None:
    products(1, 2, 3, 4)
    before = ids(given(api.get(PRODUCTS)))
    response = api.get(PRODUCTS, {"cursor": "", "page_size": 2})
    stocked_variant()  # the newest comes before all
    Product.objects.filter(pk=before[1]).update(is_active=False)  # the row that the cursor stands at
    rest = ids(walk(api, response.json()["pagination"]["next"]))
    assert ids(given(response)) + rest == before


def test_rows_of_one_moment_are_all_seen(api: APIClient) -> None:
    products(1, 1, 1, 1, 1)
    Product.objects.update(created_at=clock.now())
    for ordering in ("newest", "price", "-price"):
        walked = ids(walk(api, f"{PRODUCTS}?cursor=&page_size=2&ordering={ordering}"))
        assert (len(walked), len(set(walked))) == (5, 5)


def test_an_index_is_entered_where_the_cursor_stands() -> None:
    order = confirmed_order()
    cursor = Cursor.at(order, total_ordering(Order.objects.all()))
    with connection.cursor() as database:
        # Of a handful of rows the planner would read and sort all, by whatever index.
        database.execute("SET LOCAL enable_seqscan = off")
        database.execute("SET LOCAL enable_bitmapscan = off")
        database.execute("SET LOCAL enable_sort = off")
        plan = Order.objects.filter(cursor.condition())[:20].explain()
    assert "orders_order_newest" in plan
    assert "Index Cond: (placed_at <= " in plan


def next_cursor(client: APIClient, **parameters: str) -> str:
    place = client.get(PRODUCTS, {"cursor": "", "page_size": 1, **parameters}).json()["pagination"]
    return parse_qs(urlsplit(place["next"]).query)["cursor"][0]


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "\x00", "é", "=" * 5000])
def test_a_cursor_that_is_not_ours_is_refused(api: APIClient, cursor: str) -> None:
    assert "cursor" in faulty(api.get(PRODUCTS, {"cursor": cursor}))


def test_a_text_signed_for_another_purpose_is_no_cursor(api: APIClient) -> None:
    forged = signing.dumps([["-created_at", "-id"], [1, 1], False])
    assert "cursor" in faulty(api.get(PRODUCTS, {"cursor": forged}))


def test_a_cursor_that_was_changed_is_refused(api: APIClient) -> None:
    products(1, 2)
    cursor = next_cursor(api)
    for changed in (cursor[:-1], f"A{cursor[1:]}", cursor.swapcase()):
        assert "cursor" in faulty(api.get(PRODUCTS, {"cursor": changed}))


def test_a_cursor_belongs_to_its_sorting(api: APIClient) -> None:
    products(1, 2)
    parameters = {"cursor": next_cursor(api), "ordering": "price"}
    assert "cursor" in faulty(api.get(PRODUCTS, parameters))


def test_a_page_and_a_cursor_are_not_both_given(api: APIClient) -> None:
    assert "cursor" in faulty(api.get(PRODUCTS, {"cursor": "", "page": 2}))


@pytest.mark.parametrize(("page", "size"), [(101, 100), (501, 20), (10**8, 1)])
def test_a_page_too_far_down_points_to_the_cursor(api: APIClient, page: int | str, size: int) -> None:
    message = faulty(api.get(PRODUCTS, {"page": page, "page_size": size}))["page"]["message"]
    assert "?cursor=" in message


@pytest.mark.parametrize(("page", "size"), [(100, 100), (500, 20)])
def test_a_page_that_may_be_skipped_to_is_only_not_there(api: APIClient, page: int, size: int) -> None:
    refused(api.get(PRODUCTS, {"page": page, "page_size": size}), 404, "not_found")


def test_an_empty_list_has_no_place_to_go(api: APIClient) -> None:
    place = api.get(PRODUCTS, {"cursor": ""}).json()["pagination"]
    assert (place["next"], place["previous"]) == (None, None)
