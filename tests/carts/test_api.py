"""The cart through the API: a guest's by its token, a customer's by log-in, nobody else's ever."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from carts.models import Cart, CartLine
from carts.services import add_item
from core.db.ids import new_id
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductImageFactory, VariantFactory, VariantOptionFactory
from tests.factories.checkout import cart_with, confirmed_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory

pytestmark = pytest.mark.django_db


def test_looking_stores_nothing(api: APIClient) -> None:
    cart = given(api.get(f"{V1}/cart"))
    assert (cart["id"], cart["token"], cart["lines"], cart["currency"]) == (None, None, [], "USD")
    assert cart["totals"]["total"] == {"amount": "0.00", "currency": "USD"}
    assert not Cart.objects.exists()


def test_a_guest_gets_a_token_in_body_and_header(api: APIClient) -> None:
    response = api.post(f"{V1}/cart/items", {"variant_id": stocked_variant().pk, "quantity": 2})
    cart = given(response, 201)
    assert cart["token"] == response["X-Cart-Token"] == Cart.objects.get().token
    seen = given(client_with_cart(cart["token"]).get(f"{V1}/cart"))
    assert (seen["id"], seen["units"]) == (cart["id"], 2)


def test_a_line_tells_everything_about_itself() -> None:
    TaxRateFactory()
    variant = stocked_variant(5, price_minor=1000, sku="TEA-1", product__name_fr="Thé", product__slug="tea")
    VariantOptionFactory(variant=variant)
    ProductImageFactory(product=variant.product)
    cart = cart_with(variant, quantity=3)
    variant.price_minor = 1200
    variant.save()
    answer = given(client_with_cart(cart.token).get(f"{V1}/cart", headers={"accept-language": "fr"}))
    [line] = answer["lines"]
    assert (line["variant"]["sku"], line["variant"]["name"], line["variant"]["options"]) == ("TEA-1", "Thé", "M")
    assert line["variant"]["image"]["url"] == "https://pictures.example/tea.webp"
    assert line["unit_price"] == {"amount": "12.00", "currency": "USD"}
    assert line["price_at_add"] == {"amount": "10.00", "currency": "USD"}
    assert (line["price_has_changed"], line["quantity"], line["available"], line["problem"]) == (True, 3, 5, "")
    assert [(step["code"], step["amount"]["amount"]) for step in line["steps"]] == [
        ("list_price", "36.00"),
        ("tax_added", "2.97"),
    ]
    assert [step["code"] for step in answer["totals"]["steps"]] == ["subtotal", "tax_added"]
    assert answer["totals"]["total"]["amount"] == "38.97"


def test_prices_keep_the_decimals_of_their_currency(api: APIClient) -> None:
    variant = stocked_variant(price_minor=99_900, currency="TND")
    cart = given(api.post(f"{V1}/cart/items", {"variant_id": variant.pk}), 201)
    assert cart["totals"]["total"] == {"amount": "99.900", "currency": "TND"}


def test_units_add_up_change_and_go() -> None:
    variant = stocked_variant()
    cart = cart_with(variant)
    client = client_with_cart(cart.token)
    added = given(client.post(f"{V1}/cart/items", {"variant_id": variant.pk, "quantity": 2}), 201)
    line = f"{V1}/cart/items/{added['lines'][0]['id']}"
    assert added["units"] == 3
    assert given(client.patch(line, {"quantity": 5}))["units"] == 5
    assert given(client.patch(line, {"quantity": 0}))["lines"] == []
    refused(client.delete(line), 404, "not_found")
    again = given(client.post(f"{V1}/cart/items", {"variant_id": variant.pk}), 201)
    assert given(client.delete(f"{V1}/cart/items/{again['lines'][0]['id']}"))["units"] == 0


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        ({"quantity": 11}, 409, "out_of_stock"),
        ({"quantity": 0}, 422, "quantity_out_of_range"),
        ({"quantity": -1}, 422, "quantity_out_of_range"),
        ({"quantity": 10**30}, 422, "quantity_out_of_range"),
        ({"quantity": 1.5}, 400, "validation_error"),
        ({"quantity": True}, 400, "validation_error"),
        ({"quantity": [1]}, 400, "validation_error"),
        ({"variant_id": "no-id"}, 400, "validation_error"),
        ({"variant_id": str(new_id())}, 409, "not_for_sale"),
    ],
)
def test_an_item_that_cannot_be_bought_leaves_no_trace(
    api: APIClient, item: dict[str, Any], status: int, code: str
) -> None:
    body = {"variant_id": str(stocked_variant(10).pk), "quantity": 1} | item
    refused(api.post(f"{V1}/cart/items", body), status, code)
    assert not Cart.objects.exists()


def test_what_is_short_is_said_in_numbers(api: APIClient) -> None:
    variant = stocked_variant(3)
    details = refused(api.post(f"{V1}/cart/items", {"variant_id": variant.pk, "quantity": 4}), 409, "out_of_stock")
    assert details == {"lines": [{"variant_id": str(variant.pk), "requested": 4, "available": 3}]}


def test_two_currencies_do_not_meet_in_one_cart() -> None:
    cart = cart_with()
    other = stocked_variant(currency="EUR")
    response = client_with_cart(cart.token).post(f"{V1}/cart/items", {"variant_id": other.pk})
    assert refused(response, 409, "currency_mismatch") == {"cart": "USD", "item": "EUR"}
    assert CartLine.objects.count() == 1


def test_a_line_that_ran_out_is_shown_with_its_problem() -> None:
    variant = stocked_variant(5)
    cart = cart_with(variant, quantity=5)
    confirmed_order(variant=variant, quantity=3)
    answer = given(client_with_cart(cart.token).get(f"{V1}/cart", headers={"accept-language": "en"}))
    assert answer["has_problems"] is True
    assert answer["lines"][0]["problem"] == "Only 2 are left."


def test_an_item_whose_currency_changed_is_shown_with_its_problem_and_not_charged() -> None:
    changed = stocked_variant()
    cart = cart_with(changed)
    client = client_with_cart(cart.token)
    given(client.post(f"{V1}/cart/items", {"variant_id": stocked_variant(price_minor=1000).pk}), 201)
    changed.currency = "EUR"
    changed.save()
    answer = given(client.get(f"{V1}/cart", headers={"accept-language": "en"}))
    assert answer["totals"]["total"] == {"amount": "10.00", "currency": "USD"}
    assert "another currency" in answer["lines"][0]["problem"]
    refused(client.post(f"{V1}/checkout/place"), 422, "checkout_incomplete")
    given(client.delete(f"{V1}/cart/items/{answer['lines'][0]['id']}"))
    assert given(client.get(f"{V1}/cart"))["has_problems"] is False


def test_a_customers_cart_follows_the_log_in() -> None:
    user = UserFactory()
    given(client_of(user).post(f"{V1}/cart/items", {"variant_id": stocked_variant().pk}), 201)
    assert given(client_of(user).get(f"{V1}/cart"))["units"] == 1


@pytest.mark.parametrize("who", ["stranger", "guest with another cart", "colleague", "guest with the token"])
def test_a_customers_cart_is_nobody_elses(api: APIClient, who: str) -> None:
    cart = cart_with(customer=UserFactory())
    line = cart.lines.get()
    client = {
        "stranger": lambda: api,
        "guest with another cart": lambda: client_with_cart(cart_with().token),
        "colleague": lambda: client_of(UserFactory()),
        "guest with the token": lambda: client_with_cart(cart.token),
    }[who]()
    assert given(client.get(f"{V1}/cart"))["id"] != str(cart.pk)
    refused(client.patch(f"{V1}/cart/items/{line.pk}", {"quantity": 9}), 404, "not_found")
    refused(client.delete(f"{V1}/cart/items/{line.pk}"), 404, "not_found")
    line.refresh_from_db()
    assert line.quantity == 1


@pytest.mark.parametrize("who", ["stranger", "guest with another cart", "customer"])
def test_a_guests_cart_is_nobody_elses(api: APIClient, who: str) -> None:
    cart = cart_with()
    line = cart.lines.get()
    client = {
        "stranger": lambda: api,
        "guest with another cart": lambda: client_with_cart(cart_with().token),
        "customer": lambda: client_of(UserFactory()),
    }[who]()
    refused(client.patch(f"{V1}/cart/items/{line.pk}", {"quantity": 9}), 404, "not_found")
    refused(client.delete(f"{V1}/cart/items/{line.pk}"), 404, "not_found")
    line.refresh_from_db()
    assert line.quantity == 1


def test_an_ordered_cart_is_closed_and_the_next_one_has_another_token() -> None:
    order = confirmed_order()
    client = client_with_cart(order.cart.token)
    refused(client.patch(f"{V1}/cart/items/{order.cart.lines.get().pk}", {"quantity": 2}), 404, "not_found")
    fresh = given(client.post(f"{V1}/cart/items", {"variant_id": stocked_variant().pk}), 201)
    assert fresh["token"] != order.cart.token
    assert order.cart.lines.get().quantity == 1


def test_a_withdrawn_item_is_not_added_but_shown() -> None:
    variant = stocked_variant()
    cart = cart_with(variant)
    VariantFactory(product=variant.product)
    variant.is_active = False
    variant.save()
    client = client_with_cart(cart.token)
    refused(client.post(f"{V1}/cart/items", {"variant_id": variant.pk}), 409, "not_for_sale")
    assert given(client.get(f"{V1}/cart"))["has_problems"] is True


def test_page_and_api_share_one_cart_of_a_customer() -> None:
    user = UserFactory()
    cart = cart_with(customer=user)
    add_item(cart_id=cart.pk, variant_id=stocked_variant().pk)
    assert given(client_of(user).get(f"{V1}/cart"))["units"] == 2


def test_an_item_of_a_sold_out_variant_is_refused(api: APIClient) -> None:
    response = api.post(f"{V1}/cart/items", {"variant_id": VariantFactory().pk})
    refused(response, 409, "out_of_stock")
