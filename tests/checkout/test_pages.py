"""The checkout's pages, for guests and customers, as sent without scripts."""

import html
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from carts.models import Cart, CartLine
from carts.services import add_item, set_checkout_details
from catalog.models import Variant
from inventory.models import Reservation, StockItem
from orders.models import Order
from shipping.models import ShippingMethod
from tests.factories.accounts import AddressFactory, UserFactory, details_of
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db

ADDRESS = {
    "email": "leila@souk.example",
    "same_as_shipping": "on",
    "shipping-full_name": "Leila Ben Ali",
    "shipping-line1": "12 rue des Oliviers",
    "shipping-postal_code": "69001",
    "shipping-city": "Lyon",
    "shipping-country": "FR",
    "shipping-phone": "+33 6 12 34 56 78",
}


@pytest.fixture
def shop() -> ShippingMethod:
    """One zone with included tax and one way to deliver."""
    TaxRateFactory(zone=InclusiveZone(), rate="0.20")
    method: ShippingMethod = ShippingMethodFactory()
    return method


@pytest.fixture
def guest(client: Client, shop: ShippingMethod) -> Client:
    """A visitor with two units in the cart."""
    client.post("/en/cart/items/", {"variant": stocked_variant(5, price_minor=6000).pk, "quantity": 2})
    return client


def say(client: Client, step: str, **answers: Any) -> HttpResponse:
    return client.post(f"/en/checkout/{step}/", answers)  # type: ignore[return-value]


def go_to_review(client: Client, provider: str = "cash_on_delivery") -> str:
    client.post("/en/checkout/address/", ADDRESS)
    say(client, "delivery", choice="standard")
    say(client, "payment", choice=provider)
    return client.get("/en/checkout/review/").text


def order_form(**changes: str) -> Mapping[str, str]:
    """What the review page sends for two units at 60.00 and 5.00 delivery."""
    return {"cart": str(Cart.objects.get().pk), "total_minor": "12500", "currency": "USD"} | changes


def test_a_guest_buys_from_address_to_confirmation(guest: Client) -> None:
    assert guest.get("/en/checkout/").url == "/en/checkout/address/"  # type: ignore[attr-defined]
    assert guest.post("/en/checkout/address/", ADDRESS).url == "/en/checkout/delivery/"  # type: ignore[attr-defined]
    assert say(guest, "delivery", choice="standard").url == "/en/checkout/payment/"  # type: ignore[attr-defined]
    assert say(guest, "payment", choice="cash_on_delivery").url == "/en/checkout/review/"  # type: ignore[attr-defined]
    response = guest.post("/en/checkout/review/", order_form(), follow=True)
    order = Order.objects.get()
    assert response.redirect_chain == [(f"/en/checkout/done/{order.number}/", 302)]
    assert (order.email, order.total_minor, order.customer) == ("leila@souk.example", 12500, None)
    assert order.number in response.text


def test_the_order_speaks_the_language_it_was_placed_in(guest: Client) -> None:
    go_to_review(guest)
    guest.post("/ar/checkout/review/", order_form())
    assert Order.objects.get().language == "ar"


def test_the_review_shows_each_step_of_the_calculation(guest: Client) -> None:
    page = go_to_review(guest)
    for text in ("$120.00", "$5.00", "Including 20% tax", "$20.83", "$125.00", "Leila Ben Ali", "France"):
        assert text in page


def test_what_was_said_is_there_after_a_reload(guest: Client) -> None:
    guest.post("/en/checkout/address/", ADDRESS)
    page = guest.get("/en/checkout/address/").text
    assert 'value="12 rue des Oliviers"' in page
    assert 'value="leila@souk.example"' in page
    assert '<option value="FR" selected>' in page


@pytest.mark.parametrize("step", ["delivery", "payment", "review"])
def test_a_step_whose_turn_has_not_come_leads_to_the_one_that_is_missing(guest: Client, step: str) -> None:
    assert guest.get(f"/en/checkout/{step}/").url == "/en/checkout/address/"  # type: ignore[attr-defined]


@pytest.mark.parametrize("step", ["", "address/", "delivery/", "payment/", "review/"])
def test_without_a_cart_every_step_leads_to_the_cart(client: Client, step: str) -> None:
    assert client.get(f"/en/checkout/{step}").url == "/en/cart/"  # type: ignore[attr-defined]


def test_errors_stand_beside_their_fields_and_on_top_and_keep_what_was_typed(guest: Client) -> None:
    response = guest.post("/en/checkout/address/", ADDRESS | {"email": "leila@", "shipping-city": ""})
    page = response.text
    assert response.status_code == 422
    assert 'id="id_email_error"' in page
    assert 'id="id_shipping-city_error"' in page
    assert '<a href="#id_shipping-city">' in page
    assert 'aria-describedby="id_email_helptext id_email_error"' in page
    assert 'value="leila@"' in page
    assert 'value="Leila Ben Ali"' in page


def test_browsers_are_told_what_each_field_is(guest: Client) -> None:
    page = guest.get("/en/checkout/address/").text
    for token in ("email", "shipping name", "shipping address-line1", "shipping postal-code", "billing country"):
        assert f'autocomplete="{token}"' in page


def test_countries_are_named_in_the_shopper_s_language(guest: Client) -> None:
    assert '<option value="TN">تونس</option>' in guest.get("/ar/checkout/address/").text


def test_the_states_are_listed_in_the_direction_of_the_page(guest: Client) -> None:
    page = guest.get("/ar/checkout/address/?country=US").text
    [states] = re.findall(r'<select name="shipping-region"[^>]*>', page)
    assert "dir=" not in states


def test_an_invoice_may_go_elsewhere(guest: Client) -> None:
    elsewhere = {key.replace("shipping", "billing"): value for key, value in ADDRESS.items() if "-" in key}
    sent = ADDRESS | elsewhere | {"billing-city": "Tunis", "billing-postal_code": "1002", "billing-country": "TN"}
    sent.pop("same_as_shipping")
    guest.post("/en/checkout/address/", sent)
    cart = Cart.objects.get()
    assert cart.shipping_address is not None
    assert cart.billing_address is not None
    assert (cart.shipping_address["city"], cart.billing_address["city"]) == ("Lyon", "Tunis")


def test_an_incomplete_invoice_address_is_refused(guest: Client) -> None:
    sent = dict(ADDRESS)
    sent.pop("same_as_shipping")
    response = guest.post("/en/checkout/address/", sent)
    assert response.status_code == 422
    assert 'id="id_billing-city_error"' in response.text


def test_a_country_that_no_method_reaches_is_told(guest: Client, shop: ShippingMethod) -> None:
    ShippingMethod.objects.update(countries=["US"])
    guest.post("/en/checkout/address/", ADDRESS)
    assert "We do not deliver there yet" in guest.get("/en/checkout/delivery/").text


@pytest.mark.parametrize(("step", "choice"), [("delivery", "teleport"), ("payment", "shells")])
def test_a_choice_that_is_not_offered_is_refused(guest: Client, step: str, choice: str) -> None:
    guest.post("/en/checkout/address/", ADDRESS)
    say(guest, "delivery", choice="standard")
    assert say(guest, step, choice=choice).status_code == 422


def test_ordering_twice_gives_the_same_order(guest: Client) -> None:
    go_to_review(guest)
    form = order_form()
    first = guest.post("/en/checkout/review/", form)
    second = guest.post("/en/checkout/review/", form)
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_a_total_that_moved_is_shown_again_before_anything_is_ordered(guest: Client) -> None:
    form = order_form() | {"seen": seen_on(go_to_review(guest))}
    Variant.objects.update(price_minor=7000)
    response = guest.post("/en/checkout/review/", form)
    assert response.status_code == 422
    assert "The total has changed" in response.text
    assert "the price was $60.00 and is $70.00 now" in response.text
    assert "$145.00" in response.text
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda line: line.cart.lines.update(quantity=1), "the quantity was 2 and is 1 now"),
        (lambda line: add_item(cart_id=line.cart_id, variant_id=stocked_variant().pk), "was added"),
        (
            lambda line: set_checkout_details(cart_id=line.cart_id, details=details_of(email="else@souk.example")),
            "The address was changed",
        ),
    ],
)
def test_a_cart_that_another_tab_changed_is_told_so(guest: Client, change: Any, sentence: str) -> None:
    form = order_form() | {"seen": seen_on(go_to_review(guest))}
    change(CartLine.objects.get())

    page = guest.post("/en/checkout/review/", form)

    assert page.status_code == 422
    assert "changed in the meantime, perhaps in another tab" in page.text
    assert sentence in page.text
    assert not Order.objects.exists()


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_choosing_a_delivery_shows_its_total_at_once(guest: Client) -> None:
    ShippingMethodFactory(code="express", name_en="Express", price_minor=2500)
    guest.post("/en/checkout/address/", ADDRESS)
    chosen = guest.get("/en/checkout/delivery/", {"choice": "express"}, headers={"HX-Request": "true"}).text
    shown = guest.post("/en/checkout/delivery/", {"choice": "express", "preview": "1"}).text
    for page in (chosen, shown):
        assert "$145.00" in page
    assert Cart.objects.get().shipping_method == ""


def test_the_delivery_that_is_ticked_first_is_in_the_total(guest: Client) -> None:
    guest.post("/en/checkout/address/", ADDRESS)
    assert "(Standard delivery)" in guest.get("/en/checkout/delivery/").text


def test_a_cart_that_ran_out_meanwhile_leads_back_to_the_cart(guest: Client) -> None:
    go_to_review(guest)
    # The hold ran out, and others bought.
    Reservation.objects.all().delete()
    StockItem.objects.update(on_hand=1, reserved=0)
    page = guest.post("/en/checkout/review/", order_form(), follow=True).text
    assert "Only 1 is left." in page
    assert not Order.objects.exists()


def test_a_stranger_cannot_order_my_cart(guest: Client, shop: ShippingMethod) -> None:
    go_to_review(guest)
    assert Client().post("/en/checkout/review/", order_form()).url == "/en/cart/"  # type: ignore[attr-defined]
    assert not Order.objects.exists()


def test_a_confirmation_is_for_the_session_that_ordered(guest: Client) -> None:
    go_to_review(guest)
    guest.post("/en/checkout/review/", order_form())
    address = f"/en/checkout/done/{Order.objects.get().number}/"
    assert guest.get(address).status_code == 200
    assert Client().get(address).status_code == 404


def test_a_customer_sees_the_confirmation_anywhere_and_a_colleague_does_not(
    client: Client, shop: ShippingMethod
) -> None:
    customer = UserFactory()
    client.force_login(customer)
    client.post("/en/cart/items/", {"variant": stocked_variant(5, price_minor=6000).pk, "quantity": 2})
    go_to_review(client)
    client.post("/en/checkout/review/", order_form())
    order = Order.objects.get()
    assert order.customer == customer
    elsewhere, colleague = Client(), Client()
    elsewhere.force_login(customer)
    colleague.force_login(UserFactory())
    address = f"/en/checkout/done/{order.number}/"
    assert elsewhere.get(address).status_code == 200
    assert colleague.get(address).status_code == 404


def test_a_bank_transfer_is_explained_with_its_reference(guest: Client) -> None:
    go_to_review(guest, "bank_transfer")
    page = guest.post("/en/checkout/review/", order_form(), follow=True).text
    assert "How to pay" in page
    assert f'<dd><bdi dir="ltr">{Order.objects.get().number}</bdi></dd>' in page


def test_a_customer_chooses_from_the_address_book(client: Client, shop: ShippingMethod) -> None:
    customer = UserFactory()
    AddressFactory(user=customer, city="Lyon")
    other = AddressFactory(user=customer, city="Paris")
    client.force_login(customer)
    client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1})
    assert "12 rue des Oliviers" in client.get("/en/checkout/address/").text
    sent = {"email": "a@souk.example", "same_as_shipping": "on", "saved": str(other.pk)}
    assert client.post("/en/checkout/address/", sent).status_code == 302
    cart = Cart.objects.get()
    assert cart.shipping_address is not None
    assert cart.shipping_address["city"] == "Paris"


def test_a_new_address_is_kept_in_the_address_book_only_when_asked(client: Client, shop: ShippingMethod) -> None:
    customer = UserFactory()
    client.force_login(customer)
    client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1})
    client.post("/en/checkout/address/", ADDRESS)
    assert not customer.addresses.exists()
    client.post("/en/checkout/address/", ADDRESS | {"keep": "on"})
    assert customer.addresses.get().city == "Lyon"


def test_an_address_of_somebody_else_cannot_be_chosen(client: Client, shop: ShippingMethod) -> None:
    theirs = AddressFactory()
    client.force_login(UserFactory())
    client.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1})
    sent = {"email": "a@souk.example", "same_as_shipping": "on", "saved": str(theirs.pk)}
    assert client.post("/en/checkout/address/", sent).status_code == 422


@pytest.mark.parametrize("step", ["address", "delivery", "payment", "review"])
def test_a_step_takes_the_same_queries_however_long_the_cart_is(
    guest: Client, step: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        guest.post("/en/cart/items/", {"variant": stocked_variant().pk, "quantity": 1})
    go_to_review(guest)
    with django_assert_max_num_queries(8):
        guest.get(f"/en/checkout/{step}/")


def test_a_number_that_no_order_can_have_has_no_confirmation(guest: Client) -> None:
    assert guest.get("/en/checkout/done/%00/").status_code == 404


def test_the_amount_to_transfer_is_written_as_the_page_writes_money(guest: Client) -> None:
    go_to_review(guest, "bank_transfer")
    guest.post("/en/checkout/review/", order_form())
    number = Order.objects.get().number
    amount = '<dd><bdi class="money">{}</bdi></dd>'
    assert amount.format("125,00\xa0$US") in guest.get(f"/fr/checkout/done/{number}/").text
    assert amount.format("$125.00") in guest.get(f"/en/checkout/done/{number}/").text


def test_the_address_asks_for_what_the_country_has(guest: Client) -> None:
    american = ADDRESS | {"shipping-country": "US", "shipping-city": "Austin", "shipping-postal_code": "78701"}
    response = guest.post("/en/checkout/address/", american)
    page = response.text
    assert response.status_code == 422
    assert 'id="id_shipping-region_error"' in page
    assert '<a href="#id_shipping-region">State: ' in page
    assert '<option value="TX">Texas</option>' in page
    assert "ZIP code" in page
    guest.post("/en/checkout/address/", american | {"shipping-region": "TX"})
    assert (Cart.objects.get().shipping_address or {})["region"] == "TX"


@pytest.mark.parametrize(("language", "word"), [("en", "such as"), ("fr", "par exemple"), ("ar", "مثل")])
def test_a_wrong_postal_code_is_told_in_the_shopper_s_language(guest: Client, language: str, word: str) -> None:
    page = guest.post(f"/{language}/checkout/address/", ADDRESS | {"shipping-postal_code": "X"}).text
    error = page.split('id="id_shipping-postal_code_error"')[1].split("</ul>")[0]
    assert word in error
    assert "33380" in error


def test_another_country_brings_its_fields_and_keeps_what_was_typed(client: Client) -> None:
    typed = {"address": "shipping", "shipping-country": "AE", "shipping-full_name": "Leila", "shipping-city": "Lyon"}
    fragment = client.post("/ar/account/addresses/fields/", typed).text
    assert 'value="Leila"' in fragment
    assert '<option value="Dubai">دبي</option>' in fragment
    assert "shipping-city" not in fragment
    assert "errors" not in fragment


@pytest.mark.parametrize("sent", [{"address": "evil"}, {"address": "shipping", "shipping-country": "XX"}])
def test_fields_of_nowhere_are_not_made_up(client: Client, sent: dict[str, str]) -> None:
    response = client.post("/en/account/addresses/fields/", sent)
    assert response.status_code == (404 if sent["address"] == "evil" else 200)


def test_the_form_for_a_country_takes_no_query(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.post("/en/account/addresses/fields/", {"address": "", "country": "GB"})
