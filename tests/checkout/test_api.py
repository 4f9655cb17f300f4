"""The checkout through the API: one cart, one order, whatever is repeated."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from carts.models import Cart
from inventory.models import StockItem
from orders.models import Order
from tests.api import V1, client_of, client_with_cart, codes_of, given, refused
from tests.factories.accounts import UserFactory, postal
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db

PLACE = f"{V1}/checkout/place"


def nothing_happened() -> bool:
    return not Order.objects.exists() and not StockItem.objects.filter(reserved__gt=0).exists()


def test_each_answer_names_the_next_step(api: APIClient) -> None:
    ShippingMethodFactory()
    assert given(api.get(f"{V1}/checkout"))["missing_step"] == "cart"
    client = client_with_cart(cart_with().token)
    said: list[dict[str, Any]] = [
        {},
        {"shipping_address": postal()},
        {"email": "guest@souk.example"},
        {"shipping_method": "standard"},
        {"payment_provider": "cash_on_delivery"},
    ]
    steps = [given(client.patch(f"{V1}/checkout", words))["missing_step"] for words in said]
    assert steps == ["address", "address", "delivery", "payment", None]


def test_the_checkout_offers_what_serves_the_address_at_this_carts_price() -> None:
    ShippingMethodFactory(price_minor=500, free_from_minor=1000)
    ShippingMethodFactory(code="france", countries=["FR"])
    client = client_with_cart(cart_with(stocked_variant(price_minor=1000)).token)
    checkout = given(client.get(f"{V1}/checkout", headers={"accept-language": "fr"}))
    [method] = checkout["shipping_methods"]
    assert (method["code"], method["name"], method["price"]["amount"]) == ("standard", "Livraison standard", "0.00")
    assert [one["code"] for one in checkout["payment_providers"]] == ["cash_on_delivery", "bank_transfer"]


def test_taxes_follow_the_address() -> None:
    TaxRateFactory()
    TaxRateFactory(zone=InclusiveZone(), rate="0.2", name="TVA")
    client = client_with_cart(cart_with(stocked_variant(price_minor=1200)).token)
    assert given(client.get(f"{V1}/checkout"))["cart"]["totals"]["total"]["amount"] == "12.99"
    totals = given(client.patch(f"{V1}/checkout", {"shipping_address": postal(country="FR")}))["cart"]["totals"]
    assert (totals["total"]["amount"], totals["tax"]["amount"], totals["tax_zone"]) == ("12.00", "2.00", "France")
    assert totals["prices_include_tax"] is True


def test_a_customers_mail_goes_to_the_accounts_address_unless_another_was_said() -> None:
    user = UserFactory(email="amina@souk.example")
    cart_with(customer=user)
    client = client_of(user)
    assert given(client.patch(f"{V1}/checkout", {"shipping_address": postal()}))["email"] == "amina@souk.example"
    assert given(client.patch(f"{V1}/checkout", {"email": "work@souk.example"}))["email"] == "work@souk.example"


def test_an_invoice_address_is_given_and_taken_back() -> None:
    client = client_with_cart(cart_with().token)
    said = given(client.patch(f"{V1}/checkout", {"billing_address": postal(city="Lyon", country="FR")}))
    assert said["billing_address"]["city"] == "Lyon"
    assert given(client.patch(f"{V1}/checkout", {"billing_address": None}))["billing_address"] is None


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"shipping_method": "teleport"}, 422, "unknown_shipping_method"),
        ({"payment_provider": "barter"}, 422, "unknown_payment_provider"),
        ({"email": "nobody"}, 400, "validation_error"),
        ({"email": None}, 400, "validation_error"),
        ({"shipping_address": {"full_name": "A"}}, 400, "validation_error"),
        ({"shipping_address": "1 Main Street"}, 400, "validation_error"),
        ({"shipping_address": postal(country="XX")}, 400, "validation_error"),
        ({"shipping_address": postal(line1=" ")}, 400, "validation_error"),
    ],
)
def test_what_cannot_be_is_refused_and_not_remembered(said: dict[str, Any], status: int, code: str) -> None:
    cart = cart_ready_to_order()
    before = Cart.objects.filter(pk=cart.pk).values().get()
    refused(client_with_cart(cart.token).patch(f"{V1}/checkout", said), status, code)
    assert Cart.objects.filter(pk=cart.pk).values().get() == before


def test_without_a_cart_there_is_nothing_to_say_or_place(api: APIClient) -> None:
    refused(api.patch(f"{V1}/checkout", {"email": "a@souk.example"}), 404, "not_found")
    refused(api.post(PLACE), 404, "not_found")
    refused(client_of(UserFactory()).post(PLACE), 404, "not_found")
    assert not Cart.objects.exists()


@pytest.mark.parametrize("path", ["checkout/place", "cart/checkout", "orders"])
def test_a_misspelled_name_is_told_of_before_the_missing_cart(path: str) -> None:
    client = client_of(UserFactory())
    assert codes_of(client.post(f"{V1}/{path}", {"emial": "a@souk.example"})) == {"emial": "unknown_field"}


# --- Placing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_guest", [True, False])
def test_placing_again_gives_the_same_order(is_guest: bool) -> None:
    user = None if is_guest else UserFactory()
    cart = cart_ready_to_order(customer=user)
    client = client_of(user) if user else client_with_cart(cart.token)
    first, again = given(client.post(PLACE), 201), given(client.post(PLACE), 200)
    assert again["id"] == first["id"]
    assert (Order.objects.count(), StockItem.objects.get().reserved) == (1, 1)
    assert first["customer_id"] == (str(user.pk) if user else None)


def test_a_repeated_request_that_names_its_cart_does_not_order_the_next_one() -> None:
    user = UserFactory()
    cart = cart_ready_to_order(customer=user)
    client = client_of(user)
    first = given(client.post(PLACE, {"cart_id": cart.pk}), 201)
    cart_ready_to_order(customer=user)
    assert given(client.post(PLACE, {"cart_id": cart.pk}), 200)["id"] == first["id"]
    assert Order.objects.count() == 1
    assert given(client.post(PLACE), 201)["id"] != first["id"]


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_place_one_order() -> None:
    cart = cart_ready_to_order()

    def place(_number: int) -> Any:
        try:
            return client_with_cart(cart.token).post(PLACE).json()["data"]["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(place, range(4)))) == 1
    assert Order.objects.count() == 1


@pytest.mark.parametrize("who", ["stranger", "colleague", "guest with another cart", "guest with the token"])
def test_nobody_places_another_customers_cart(api: APIClient, who: str) -> None:
    cart = cart_ready_to_order(customer=UserFactory())
    client = {
        "stranger": lambda: api,
        "colleague": lambda: client_of(UserFactory()),
        "guest with another cart": lambda: client_with_cart(cart_with(stocked_variant()).token),
        "guest with the token": lambda: client_with_cart(cart.token),
    }[who]()
    refused(client.post(PLACE, {"cart_id": cart.pk}), 404, "not_found")
    assert nothing_happened()


SAID = {
    "email": "guest@souk.example",
    "shipping_address": postal(),
    "shipping_method": "standard",
    "payment_provider": "cash_on_delivery",
}


def test_an_order_is_two_requests_away(api: APIClient) -> None:
    ShippingMethodFactory()
    cart = given(api.post(f"{V1}/cart/items", {"variant_id": str(stocked_variant(3).pk), "quantity": 2}), status=201)
    order = given(client_with_cart(cart["token"]).post(PLACE, SAID), status=201)
    assert (order["status"], order["email"], order["shipments"]) == ("confirmed", "guest@souk.example", [])
    assert [one["to_state"] for one in order["history"] if one["kind"] == "status"] == ["pending", "confirmed"]
    stored = Cart.objects.get(token=cart["token"])
    assert (stored.status, stored.email, stored.payment_provider) == (
        "ordered",
        SAID["email"],
        SAID["payment_provider"],
    )


@pytest.mark.parametrize("provider", ["cash_on_delivery", "bank_transfer"])
def test_what_placing_answers_is_what_reading_answers(provider: str) -> None:
    TaxRateFactory()
    cart = cart_ready_to_order(stocked_variant(3), provider=provider)
    client = client_with_cart(cart.token)
    placed = client.post(PLACE)
    order = given(placed, 201)
    read = client.get(f"{V1}/orders/{order['id']}")
    assert given(read) == order
    assert read["ETag"].partition(".")[0] == placed["ETag"].partition(".")[0]


def test_what_is_said_when_placing_has_to_be_offered() -> None:
    client = client_with_cart(cart_ready_to_order().token)
    refused(client.post(PLACE, {"shipping_method": "rocket"}), 422, "unknown_shipping_method")
    assert nothing_happened()
    assert Cart.objects.get().shipping_method == "standard"


def test_what_is_missing_is_named() -> None:
    client = client_with_cart(cart_with().token)
    details = refused(client.post(PLACE), 422, "checkout_incomplete")
    assert details["step"] == "address"
    assert set(details["fields"]) == {"email", "shipping_address"}
    assert nothing_happened()


@pytest.mark.parametrize("seen", [{"amount": "24.99", "currency": "USD"}, "24.99", 24.99])
def test_the_total_that_was_seen_is_charged(seen: Any) -> None:
    cart = cart_ready_to_order()
    assert given(client_with_cart(cart.token).post(PLACE, {"expected_total": seen}), 201)["total"]["amount"] == "24.99"


@pytest.mark.parametrize(
    ("seen", "status", "code"),
    [
        ("24.98", 409, "total_changed"),
        ({"amount": "24.99", "currency": "EUR"}, 409, "total_changed"),
        ({"amount": "24.99", "currency": "XXX"}, 400, "validation_error"),
        ({"amount": "24.99"}, 400, "validation_error"),
        ("24.999", 400, "validation_error"),
        ("NaN", 400, "validation_error"),
        (True, 400, "validation_error"),
        ([24], 400, "validation_error"),
        ("9" * 5000, 400, "validation_error"),
    ],
)
def test_another_total_places_nothing(seen: Any, status: int, code: str) -> None:
    cart = cart_ready_to_order()
    refused(client_with_cart(cart.token).post(PLACE, {"expected_total": seen}), status, code)
    assert nothing_happened()


def test_sold_out_meanwhile_places_nothing() -> None:
    variant = stocked_variant(1)
    first, second = cart_ready_to_order(variant), cart_ready_to_order(variant)
    given(client_with_cart(first.token).post(PLACE), 201)
    details = refused(client_with_cart(second.token).post(PLACE), 409, "out_of_stock")
    assert details["lines"] == [{"variant_id": str(variant.pk), "requested": 1, "available": 0}]
    assert Order.objects.count() == 1


def test_an_order_by_transfer_says_how_to_pay() -> None:
    cart = cart_ready_to_order(provider="bank_transfer")
    order = given(client_with_cart(cart.token).post(PLACE, headers={"accept-language": "en"}), 201)
    assert (order["status"], order["payment_status"]) == ("pending", "unpaid")
    assert order["expires_at"] is not None
    told = {row["label"]: row["value"] for row in order["payment_instructions"]}
    assert (told["Reference"], told["Amount"]) == (order["number"], "24.99 USD")


def test_an_order_speaks_the_language_it_was_placed_in() -> None:
    cart = cart_ready_to_order()
    order = given(client_with_cart(cart.token).post(PLACE, headers={"accept-language": "ar"}), 201)
    assert (order["language"], order["shipping_method_name"]) == ("ar", "توصيل عادي")
