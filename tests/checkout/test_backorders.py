"""What ships later is said before it is bought, waits in the order, and is not sent before it is there."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalog.models import Variant
from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import ship_order
from core.errors import InvalidInput
from inventory.models import Reservation, StockItem
from inventory.services import receive_stock, set_backorder_limit
from notifications.notices import ask_notice, notify_all_back_in_stock
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_ready_to_order, cart_with, confirmed_order
from tests.factories.inventory import LocationFactory, sold_ahead, stocked_variant
from tests.factories.staff import colleague, messages_of, staff_client
from tests.notifications.waiting import confirm_all

pytestmark = pytest.mark.django_db

LIMITS = f"{V1}/stock-items/backorder-limit"


def item_of(variant: Variant) -> StockItem:
    return StockItem.objects.get(variant=variant)


def receive(variant: Variant, units: int) -> None:
    receive_stock(variant_id=variant.pk, location=LocationFactory(), quantity=units)


# --- The shop --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Ships later"), ("fr", "Expédié plus tard"), ("ar", "يُشحن لاحقًا")]
)
def test_the_product_page_says_that_it_ships_later_and_sells_it(client: Client, language: str, words: str) -> None:
    product = sold_ahead(0, limit=4).product
    page = client.get(f"/{language}/p/{product.slug}/").content.decode()
    assert words in page
    assert 'name="quantity"' in page
    assert "schema.org/BackOrder" in page


def test_the_product_page_says_nothing_of_it_while_some_are_there(client: Client) -> None:
    page = client.get(f"/en/p/{sold_ahead(9, limit=4).product.slug}/").content.decode()
    assert "Ships later" not in page
    assert "schema.org/InStock" in page


@pytest.mark.parametrize(("on_hand", "sentence"), [(0, "Ships later: it is"), (1, "2 of them ship later"), (3, None)])
def test_a_cart_line_says_what_of_it_ships_later(on_hand: int, sentence: str | None) -> None:
    cart = cart_with(sold_ahead(on_hand, limit=4), quantity=3)
    client = client_with_cart(cart.token)
    [line] = given(client.get(f"{V1}/cart", headers={"accept-language": "en"}))["lines"]
    assert (line["available"], line["backorder"], line["problems"]) == (on_hand + 4, 3 - on_hand, [])
    assert [one["code"] for one in line["notices"]] == (["ships_later"] if sentence else [])
    assert all(sentence in one["message"] for one in line["notices"])  # type: ignore[operator]


def test_the_cart_page_says_it_and_asks_for_no_price_to_be_accepted(client: Client) -> None:
    client.post("/en/cart/items/", {"variant": sold_ahead(0, limit=4).pk, "quantity": 2})
    page = client.get("/en/cart/").content.decode()
    assert "Ships later: it is on its way to us." in page
    assert "Accept the price" not in page


def test_the_api_tells_units_that_ship_later_of_those_available(api: APIClient) -> None:
    variant = sold_ahead(1, limit=4)
    [seen] = given(api.get(f"{V1}/products/{variant.product.slug}"))["variants"]
    assert (seen["available"], seen["backorder"]) == (5, 4)


def test_what_can_be_backordered_is_found_among_what_can_be_bought(api: APIClient) -> None:
    sold_ahead(0, limit=4)
    stocked_variant(0)
    assert [one["in_stock"] for one in given(api.get(f"{V1}/products?in_stock=true"))] == [True]


def test_who_asked_for_a_notice_is_told_when_units_are_there_not_when_they_may_be_backordered() -> None:
    variant = sold_ahead(0, limit=0)
    ask_notice(variant_id=variant.pk, email="amina@souk.example")
    confirm_all()
    set_backorder_limit(stock_item_id=item_of(variant).pk, limit=4)
    assert notify_all_back_in_stock() == 0
    receive(variant, 1)
    assert notify_all_back_in_stock() == 1


def test_the_checkout_holds_backorder_room_and_the_order_has_it() -> None:
    variant = sold_ahead(1, limit=4)
    cart = cart_ready_to_order(variant, quantity=3)
    client = client_with_cart(cart.token)
    given(client.patch(f"{V1}/checkout", {}))
    assert (item_of(variant).reserved, item_of(variant).backordered) == (1, 2)
    given(client.post(f"{V1}/checkout/place", {}), 201)
    [kept] = Reservation.objects.all()
    assert (kept.quantity, kept.backordered, kept.expires_at) == (3, 2, None)


# --- The order -------------------------------------------------------------------------------------


def test_an_order_ships_what_is_there_and_the_rest_when_it_came() -> None:
    variant = sold_ahead(1, limit=4)
    order = confirmed_order(variant=variant, quantity=3)
    line = order.lines.get()
    with pytest.raises(InvalidInput) as refused_for_now:
        ship_order(order_id=order.pk, actor=None)
    assert refused_for_now.value.details == {"line": str(line.pk), "sku": variant.sku, "backordered": 2}
    ship_order(order_id=order.pk, actor=None, quantities={line.pk: 1})
    receive(variant, 2)
    ship_order(order_id=order.pk, actor=None)
    item = item_of(variant)
    assert (item.on_hand, item.reserved, item.backordered) == (0, 0, 0)


def test_a_cancelled_order_gives_its_backorders_back() -> None:
    variant = sold_ahead(1, limit=4)
    cancel_order(order_id=confirmed_order(variant=variant, quantity=3).pk, actor=None)
    item = item_of(variant)
    assert (item.on_hand, item.reserved, item.backordered) == (1, 0, 0)


# --- Staff -----------------------------------------------------------------------------------------


def test_the_orders_page_says_what_waits() -> None:
    order = confirmed_order(variant=sold_ahead(1, limit=4), quantity=3)
    page = staff_client().get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "2 wait for stock" in page


def test_the_parcel_page_offers_what_is_there() -> None:
    order = confirmed_order(variant=sold_ahead(1, limit=4), quantity=3)
    page = staff_client().get(reverse("admin:orders_order_ship", args=[order.pk]))
    assert f'name="units_{order.lines.get().pk}" value="1"' in page.content.decode()


def test_staff_limit_backorders_in_the_admin() -> None:
    item = item_of(sold_ahead(1, limit=0))
    address = reverse("admin:inventory_stockitem_limit_backorders", args=[item.pk])
    page = staff_client().post(address, {"limit": "7"}, follow=True)
    item.refresh_from_db()
    assert item.backorder_limit == 7
    assert messages_of(page) == [f"{item.variant.sku}: 7 units may be backordered."]


def test_who_may_only_look_at_stock_limits_nothing() -> None:
    item, client = item_of(sold_ahead(1, limit=0)), Client()
    client.force_login(colleague("inventory.view_stockitem"))
    address = reverse("admin:inventory_stockitem_limit_backorders", args=[item.pk])
    assert client.post(address, {"limit": "7"}).status_code == 403
    assert "backorder" in client.get(reverse("admin:inventory_stockitem_changelist")).content.decode().lower()


def test_staff_limit_backorders_through_the_api() -> None:
    variant = sold_ahead(0, limit=4)
    confirmed_order(variant=variant, quantity=3)
    address: Any = f"{V1}/stock-items/{item_of(variant).pk}/backorder-limit"
    limited = given(client_of(StaffFactory()).put(address, {"limit": 3}))
    assert (limited["backordered"], limited["backorder_limit"], limited["available"]) == (3, 3, 0)
    refused(client_of(StaffFactory()).put(address, {"limit": 2}), 409, "limit_below_backordered")
    refused(client_of(StaffFactory()).put(address, {"limit": -1}), 422, "limit_out_of_range")
    refused(client_of(UserFactory()).put(address, {"limit": 9}), 403, "not_allowed")
    assert item_of(variant).backorder_limit == 3


def sell_ahead_page(client: Client, variant: Variant, limit: str) -> HttpResponse:
    said = {"variant": variant.pk, "location": LocationFactory().pk, "limit": limit}
    return client.post(reverse("admin:inventory_stockitem_sell_ahead"), said, follow=True)


def test_staff_sell_ahead_in_the_admin_what_was_never_received() -> None:
    variant = VariantFactory()
    page = sell_ahead_page(staff_client(), variant, "7")
    assert messages_of(page) == [f"{variant.sku}: 7 units may be backordered."]
    assert confirmed_order(variant=variant, quantity=7).lines.get().quantity == 7
    assert (item_of(variant).on_hand, item_of(variant).backordered) == (0, 7)


def test_a_limit_that_is_too_low_is_refused_at_its_field() -> None:
    variant = sold_ahead(0, limit=4)
    confirmed_order(variant=variant, quantity=3)
    page = sell_ahead_page(staff_client(), variant, "2")
    assert page.context["form"].errors["limit"] == ["3 units are backordered already; the limit cannot be lower."]
    assert item_of(variant).backorder_limit == 4


@pytest.mark.parametrize("permission", ["inventory.add_stockitem", "inventory.change_stockitem"])
def test_to_sell_ahead_takes_both_permissions(permission: str) -> None:
    client, variant = staff_client("inventory.view_stockitem", permission), VariantFactory()
    assert sell_ahead_page(client, variant, "7").status_code == 403
    listed = client.get(reverse("admin:inventory_stockitem_changelist")).content.decode()
    assert reverse("admin:inventory_stockitem_sell_ahead") not in listed
    assert not StockItem.objects.exists()


def test_staff_sell_ahead_through_the_api_what_was_never_received(api: APIClient) -> None:
    variant, staff = VariantFactory(), client_of(StaffFactory())
    said: dict[str, Any] = {"sku": variant.sku, "location": LocationFactory().code, "limit": 4}
    limited = given(staff.put(LIMITS, said))
    assert (limited["sku"], limited["on_hand"], limited["backorder_limit"]) == (variant.sku, 0, 4)
    assert given(staff.put(LIMITS, said | {"limit": 5}))["id"] == limited["id"]
    [seen] = given(api.get(f"{V1}/products/{variant.product.slug}"))["variants"]
    assert (seen["available"], seen["backorder"]) == (5, 5)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"limit": -1}, 422, "limit_out_of_range"),
        ({"limit": 10**30}, 422, "limit_out_of_range"),
        ({"limit": "many"}, 400, "validation_error"),
        ({"sku": "NONE"}, 400, "validation_error"),
        ({"location": "nowhere"}, 400, "validation_error"),
    ],
)
def test_what_cannot_be_limited_is_refused_and_makes_nothing(change: dict[str, Any], status: int, code: str) -> None:
    said = {"sku": VariantFactory().sku, "location": LocationFactory().code, "limit": 4} | change
    refused(client_of(StaffFactory()).put(LIMITS, said), status, code)
    assert not StockItem.objects.exists()


# --- The same queries ------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 4])
def test_the_product_page_takes_the_same_queries(
    client: Client, limit: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = f"/en/p/{sold_ahead(5, limit=limit).product.slug}/"
    client.get(address)
    with django_assert_max_num_queries(8):
        client.get(address)
