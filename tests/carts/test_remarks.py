"""What stands in the way of a cart's line is said with a code and a sentence, and one click mends it."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from carts.models import Cart, CartLine
from catalog.models import Category, Product, Variant
from inventory.models import StockItem
from tests.api import V1, client_with_cart, given, refused
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def left(units: int) -> None:
    StockItem.objects.update(on_hand=units)


def cart_of(quantity: int = 5, price_minor: int = 1000) -> Cart:
    return cart_with(stocked_variant(10, price_minor=price_minor), quantity=quantity)


def line_of(cart: Cart) -> dict[str, object]:
    [line] = given(client_with_cart(cart.token).get(f"{V1}/cart", headers={"accept-language": "en"}))["lines"]
    return line


def visitor_with(quantity: int = 5, price_minor: int = 1000) -> tuple[Client, CartLine]:
    client = Client()
    client.post("/en/cart/items/", {"variant": stocked_variant(10, price_minor=price_minor).pk, "quantity": quantity})
    return client, CartLine.objects.get()


@pytest.mark.parametrize(("units", "code", "sentence"), [(0, "sold_out", "sold out"), (3, "only_left", "Only 3 are")])
def test_what_ran_out_says_how_much_is_left(units: int, code: str, sentence: str) -> None:
    cart = cart_of()
    left(units)
    [problem] = line_of(cart)["problems"]  # type: ignore[misc]
    assert (problem["code"], problem["available"]) == (code, units)
    assert sentence in problem["message"]


@pytest.mark.parametrize(
    "withdraw",
    [
        lambda: Variant.objects.filter(stock_items__isnull=False).update(is_active=False),
        lambda: Product.objects.update(is_active=False),
        lambda: Category.objects.update(is_active=False),
    ],
    ids=["variant", "product", "category"],
)
def test_what_is_no_longer_sold_says_so_and_nothing_of_its_price(withdraw: Callable[[], int]) -> None:
    cart = cart_of()
    VariantFactory(product=Product.objects.get())
    Variant.objects.update(price_minor=1500)
    withdraw()
    line = line_of(cart)
    assert [problem["code"] for problem in line["problems"]] == ["withdrawn"]  # type: ignore[attr-defined]
    assert line["notices"] == []


def test_a_price_that_changed_is_a_notice_with_both_prices_and_keeps_nothing_from_being_bought() -> None:
    cart = cart_of()
    Variant.objects.update(price_minor=1500)
    line = line_of(cart)
    assert line["problems"] == []
    [notice] = line["notices"]  # type: ignore[misc]
    assert notice == {
        "code": "price_changed",
        "message": "The price has changed since you added it: it was $10.00 and is $15.00 now.",
        "available": None,
        "old_price": {"amount": "10.00", "currency": "USD"},
        "new_price": {"amount": "15.00", "currency": "USD"},
    }


def test_a_price_is_agreed_to_once_it_was_seen() -> None:
    cart = cart_of()
    Variant.objects.update(price_minor=1500)
    client = client_with_cart(cart.token)
    address = f"{V1}/cart/items/{line_of(cart)['id']}/price"
    details = refused(client.put(address, {"price": "14.00"}), 409, "price_changed")
    assert details["price"] == {"amount": "15.00", "currency": "USD"}
    assert line_of(cart)["notices"] != []
    [line] = given(client.put(address, {"price": "15.00"}))["lines"]
    assert line["notices"] == []
    assert line["price_has_changed"] is False


def test_nobody_agrees_to_a_price_in_a_strangers_cart() -> None:
    cart, strangers = cart_of(), cart_of()
    Variant.objects.update(price_minor=1500)
    address = f"{V1}/cart/items/{line_of(strangers)['id']}/price"
    refused(client_with_cart(cart.token).put(address, {"price": "15.00"}), 404, "not_found")
    assert line_of(strangers)["notices"] != []


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_one_click_takes_what_is_left(headers: dict[str, str]) -> None:
    client, line = visitor_with()
    left(3)
    page = client.get("/en/cart/").text
    assert "Only 3 are left." in page
    assert "Take 3" in page
    assert '<input type="hidden" name="quantity" value="3">' in page
    answer = client.post(f"/en/cart/items/{line.pk}/", {"quantity": 3}, headers=headers, follow=not headers).text
    assert "Only 3 are left." not in answer
    assert "Go to checkout" in answer


def test_what_is_sold_out_can_only_be_removed() -> None:
    client, _line = visitor_with()
    left(0)
    page = client.get("/en/cart/").text
    assert "This item is sold out." in page
    assert "Take " not in page
    assert "Remove<" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_one_click_accepts_the_price(headers: dict[str, str]) -> None:
    client, line = visitor_with()
    Variant.objects.update(price_minor=1500)
    assert "Accept the price" in client.get("/en/cart/").text
    seen = {"price_minor": 1500, "currency": "USD"}
    answer = client.post(f"/en/cart/items/{line.pk}/price/", seen, headers=headers, follow=not headers).text
    assert "Accept the price" not in answer
    line.refresh_from_db()
    assert line.price_at_add_minor == 1500


def test_a_price_that_moved_between_page_and_click_is_shown_again() -> None:
    client, line = visitor_with()
    Variant.objects.update(price_minor=1600)
    seen = {"price_minor": 1500, "currency": "USD"}
    page = client.post(f"/en/cart/items/{line.pk}/price/", seen, follow=True).text
    assert "Accept the price" in page
    assert "$16.00" in page


@pytest.mark.parametrize(
    "sent", [{}, {"price_minor": "x"}, {"price_minor": "1500"}, {"price_minor": -1, "currency": "USD"}]
)
def test_a_price_that_no_page_would_send_is_not_found(sent: dict[str, object]) -> None:
    client, line = visitor_with()
    assert client.post(f"/en/cart/items/{line.pk}/price/", sent, headers=HTMX).status_code == 404


def test_the_drawer_says_what_is_wrong_with_the_other_lines() -> None:
    client, line = visitor_with()
    StockItem.objects.filter(variant=line.variant_id).update(on_hand=2)
    drawer = client.post("/en/cart/items/", {"variant": stocked_variant(4).pk, "quantity": 1}, headers=HTMX).text
    assert "Only 2 are left." in drawer


def test_the_checkout_tells_of_a_price_that_changed(client: Client) -> None:
    cart = cart_ready_to_order(stocked_variant(price_minor=1000))
    Variant.objects.update(price_minor=1500)
    session = client.session
    session["cart_token"] = cart.token
    session.save()
    page = client.get("/en/checkout/review/").text
    assert "The price has changed since you added it" in page
    assert '<bdi class="money">$10.00</bdi>' in page


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("fr", {1: "Il n’en reste que 1.", 3: "Il n’en reste que 3."}),
        ("ar", {1: "لم تبق إلا قطعة واحدة.", 2: "لم تبق إلا قطعتان.", 11: "لم يبق إلا 11 قطعة."}),
    ],
)
def test_the_sentences_have_the_plurals_of_their_language(language: str, sentences: dict[int, str]) -> None:
    client, _line = visitor_with(quantity=10)
    CartLine.objects.update(quantity=20)
    for units, sentence in sentences.items():
        left(units)
        assert sentence in client.get(f"/{language}/cart/").text


@pytest.mark.parametrize("lines", [1, 6])
def test_the_drawer_takes_the_same_queries_however_long_the_cart_is(
    client: Client, lines: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(lines):
        client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1})
    variant = stocked_variant()
    with django_assert_max_num_queries(15):
        client.post("/en/cart/items/", {"variant": variant.pk, "quantity": 1}, headers=HTMX)
