"""The cart's pages, with and without HTMX."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from carts.models import Cart, CartLine
from catalog.models import Variant
from core import clock
from core.db.ids import new_id
from inventory.models import StockItem
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def put(client: Client, variant: Variant, quantity: int = 1, **kwargs: object) -> object:
    return client.post("/en/cart/items/", {"variant": variant.pk, "quantity": quantity}, **kwargs)  # type: ignore[arg-type]


def only_line() -> CartLine:
    return CartLine.objects.get()


def test_an_empty_cart_invites_to_shop(client: Client) -> None:
    assert "Your cart is empty" in client.get("/en/cart/").text


def test_a_visitor_without_cart_leaves_no_row_behind(client: Client) -> None:
    client.get("/en/cart/")
    assert not Cart.objects.exists()


def test_putting_something_into_the_cart_leads_to_the_cart_without_scripts(client: Client) -> None:
    response = client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 2}, follow=True)
    assert response.redirect_chain == [("/en/cart/", 302)]
    assert "It is in your cart." in response.text
    assert only_line().quantity == 2


def test_htmx_gets_the_drawer_and_the_new_count(client: Client) -> None:
    response = client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 2}, headers=HTMX)
    assert response["HX-Retarget"] == "#cart-drawer"
    assert '<span id="cart-count" hx-swap-oob="true">' in response.text
    assert '<span aria-hidden="true">2</span>' in response.text


def test_more_than_there_is_is_refused_beside_the_button(client: Client) -> None:
    response = client.post("/en/cart/items/", {"variant": stocked_variant(3).pk, "quantity": 4}, headers=HTMX)
    assert response.status_code == 422
    assert "Only 3 are left." in response.text
    assert not CartLine.objects.exists()


def test_more_than_there_is_is_refused_with_a_message_without_scripts(client: Client) -> None:
    page = client.post("/en/cart/items/", {"variant": stocked_variant(3).pk, "quantity": 4}, follow=True).text
    assert "Only 3 are left." in page


@pytest.mark.parametrize(
    "sent", [{}, {"variant": "x", "quantity": 1}, {"quantity": "1"}, {"variant": "x", "quantity": "-5"}]
)
def test_nonsense_is_refused_without_an_error_page(client: Client, sent: dict[str, object]) -> None:
    assert client.post("/en/cart/items/", sent, headers=HTMX).status_code == 422


def test_a_quantity_is_changed_with_and_without_htmx(client: Client) -> None:
    put(client, stocked_variant())
    address = f"/en/cart/items/{only_line().pk}/"
    assert client.post(address, {"quantity": 3}).status_code == 302
    assert only_line().quantity == 3
    fragment = client.post(address, {"quantity": 4}, headers=HTMX).text
    assert fragment.lstrip().startswith('<div id="cart">')
    assert 'id="cart-count" hx-swap-oob="true"' in fragment
    assert only_line().quantity == 4


def test_zero_takes_a_line_out(client: Client) -> None:
    put(client, stocked_variant())
    client.post(f"/en/cart/items/{only_line().pk}/", {"quantity": 0})
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_quantity_that_is_not_there_is_refused_beside_its_line_and_kept_in_the_field(
    client: Client, headers: dict[str, str]
) -> None:
    put(client, stocked_variant(3))
    response = client.post(f"/en/cart/items/{only_line().pk}/", {"quantity": 7}, headers=headers)
    assert response.status_code == 422
    assert f'id="problem-{only_line().pk}" role="alert">Only 3 are left.' in response.text
    assert 'value="7"' in response.text
    assert only_line().quantity == 1


def test_a_line_that_ran_out_is_marked_and_the_way_to_the_checkout_is_closed(client: Client) -> None:
    put(client, stocked_variant(3), 3)
    StockItem.objects.update(on_hand=1)
    page = client.get("/en/cart/").text
    assert "Only 1 is left." in page
    assert "Go to checkout" not in page


def test_a_price_that_changed_since_is_told(client: Client) -> None:
    put(client, stocked_variant(price_minor=1000))
    Variant.objects.update(price_minor=1200)
    page = client.get("/en/cart/").text
    assert "The price has changed" in page
    assert "$10.00" in page
    assert "$12.00" in page


def test_another_visitor_cannot_change_my_line(client: Client) -> None:
    put(client, stocked_variant())
    stranger = Client()
    put(stranger, stocked_variant())
    line = CartLine.objects.order_by("created_at").first()
    assert line is not None
    stranger.post(f"/en/cart/items/{line.pk}/", {"quantity": 5})
    line.refresh_from_db()
    assert line.quantity == 1


def test_a_visitor_without_cart_cannot_change_a_line_and_is_told_why(client: Client) -> None:
    put(client, stocked_variant())
    page = Client().post(f"/en/cart/items/{only_line().pk}/", {"quantity": 5}, follow=True).text
    assert "your session has ended" in page
    assert only_line().quantity == 1


@pytest.mark.parametrize("fragment", [True, False], ids=["with script", "without script"])
def test_a_form_that_comes_twice_adds_once(client: Client, fragment: bool) -> None:
    form = {"variant": stocked_variant().pk, "quantity": 1, "once": str(new_id())}
    headers = {"HX-Request": "true"} if fragment else {}
    for _ in range(2):
        client.post("/en/cart/items/", form, headers=headers)
    assert only_line().quantity == 1
    client.post("/en/cart/items/", form | {"once": str(new_id())}, headers=headers)
    assert only_line().quantity == 2


def test_who_comes_back_to_a_page_without_script_adds_again(client: Client) -> None:
    form = {"variant": stocked_variant().pk, "quantity": 1, "once": str(new_id())}
    with clock.at(clock.now() - timedelta(minutes=1)):
        client.post("/en/cart/items/", form)
    client.post("/en/cart/items/", form)
    assert only_line().quantity == 2


def test_taxes_are_those_of_where_the_customer_lives(client: Client) -> None:
    TaxRateFactory(zone=InclusiveZone(countries=["FR"]), rate="0.20")
    customer = AddressFactory(is_default_shipping=True).user
    client.force_login(customer)
    put(client, stocked_variant())
    page = client.get("/en/cart/").text
    assert "Including 20% tax" in page
    assert "Taxes as for a delivery to: France" in page


def test_of_several_addresses_none_of_which_is_the_default_none_is_guessed(client: Client) -> None:
    TaxRateFactory(zone=InclusiveZone(countries=["FR"]), rate="0.20")
    customer = AddressFactory().user
    AddressFactory(user=customer)
    client.force_login(customer)
    put(client, stocked_variant())
    assert "Taxes as for a delivery to: United States" in client.get("/en/cart/").text


def test_what_a_guest_chose_is_there_after_the_log_in(client: Client) -> None:
    put(client, stocked_variant(), 2)
    user = UserFactory()
    client.force_login(user)
    assert "Your cart is empty" not in client.get("/en/cart/").text
    cart = Cart.objects.get(status=Cart.Status.OPEN)
    assert cart.customer_id == user.pk
    assert cart.lines.get().quantity == 2


def test_the_change_of_a_cart_needs_a_token_against_forgery() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1}).status_code == 403
    assert not Cart.objects.exists()


@pytest.mark.parametrize("lines", [1, 8])
def test_the_cart_takes_the_same_queries_however_long_it_is(
    client: Client, lines: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(lines):
        put(client, stocked_variant())
    client.get("/en/cart/")
    with django_assert_max_num_queries(8):
        client.get("/en/cart/")


@pytest.mark.parametrize(("language", "count"), [("en", "3 items"), ("fr", "3 articles"), ("ar", "3 أصناف")])
def test_every_page_counts_the_cart_in_its_language(client: Client, language: str, count: str) -> None:
    put(client, stocked_variant(), 3)
    assert count in client.get(f"/{language}/").text


def test_the_drawer_opens_though_another_line_s_currency_changed(client: Client) -> None:
    put(client, changed := stocked_variant())
    type(changed).objects.filter(pk=changed.pk).update(currency="TND")
    response = client.post(
        "/en/cart/items/", {"variant": stocked_variant(price_minor=1000).pk, "quantity": 2}, headers=HTMX
    )
    assert "$20.00" in response.text


def test_reading_the_address_of_a_change_leads_to_the_cart(client: Client) -> None:
    put(client, stocked_variant())
    for address in ("/ar/cart/items/", f"/ar/cart/items/{only_line().pk}/"):
        assert client.get(address).url == "/ar/cart/"  # type: ignore[attr-defined]
