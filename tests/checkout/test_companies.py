"""Companies buy: the tax number goes with the invoice address through checkout, order, mails and exports."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from carts.models import Cart
from carts.services import merge_at_login
from checkout.services.place_order import place_order
from checkout.services.update_checkout import update_checkout
from core.outbox import relay
from core.personal_data import Person
from notifications.services import send_due_messages
from orders.models import Order
from orders.personal_data import OrdersOfPerson
from tests.api import V1, client_of, client_with_cart, faulty, given
from tests.checkout.test_pages import ADDRESS, order_form
from tests.factories.accounts import UserFactory, details_of, postal
from tests.factories.checkout import cart_ready_to_order, cart_with, completed_order
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

FRENCH, GERMAN = "FR40303265045", "DE136695976"


def company(**changes: str) -> dict[str, str]:
    return postal(
        **({"country": "FR", "region": "", "postal_code": "75001", "city": "Paris", "company": "Ben SARL"} | changes)
    )


@pytest.fixture
def guest(client: Client) -> Client:
    ShippingMethodFactory()
    client.post("/en/cart/items/", {"variant": stocked_variant(5, price_minor=6000).pk, "quantity": 2})
    return client


@pytest.fixture
def cart() -> Cart:
    ShippingMethodFactory()
    return cart_with(stocked_variant(9))


def test_a_company_buys_on_the_pages(guest: Client) -> None:
    body = ADDRESS | {"shipping-company": "Oliviers SARL", "tax_id": "fr 40 303 265 045"}
    assert guest.post("/en/checkout/address/", body).status_code == 302
    assert FRENCH in guest.get("/en/checkout/address/").text
    guest.post("/en/checkout/delivery/", {"choice": "standard"})
    guest.post("/en/checkout/payment/", {"choice": "cash_on_delivery"})
    assert FRENCH in guest.get("/en/checkout/review/").text

    guest.post("/en/checkout/review/", order_form())

    order = Order.objects.get()
    assert (order.company, order.tax_id) == ("Oliviers SARL", FRENCH)
    assert FRENCH in guest.get(f"/en/checkout/done/{order.number}/").text
    assert FRENCH in staff_client().get(f"/admin/orders/order/{order.pk}/change/").text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "not a tax number"), ("fr", "pas un numéro de TVA"), ("ar", "ليس رقمًا ضريبيًا")],
)
def test_a_wrong_number_is_told_on_the_page_in_its_language(guest: Client, language: str, words: str) -> None:
    page = guest.post(f"/{language}/checkout/address/", ADDRESS | {"tax_id": "FR40303265044"})

    assert page.status_code == 422
    assert words in page.text
    assert Cart.objects.get().shipping_address is None


def test_the_number_is_checked_by_the_country_of_the_invoice_address(cart: Cart) -> None:
    client = client_with_cart(cart.token)
    body = {
        "email": "a@souk.example",
        "shipping_address": postal(),
        "billing_address": company(),
        "tax_id": "40303265045",
    }

    assert given(client.patch(f"{V1}/checkout", body))["tax_id"] == FRENCH
    refused = client.patch(f"{V1}/checkout", {"billing_address": company(country="DE", postal_code="50667")})
    assert faulty(refused, 422, "invalid_tax_id")["tax_id"]["code"] == "invalid_tax_id"
    cart.refresh_from_db()
    assert (cart.billing_address["country"], cart.tax_id) == ("FR", FRENCH)
    assert given(client.patch(f"{V1}/checkout", {"tax_id": ""}))["tax_id"] == ""


def test_the_number_may_come_with_the_order_itself(cart: Cart) -> None:
    client = client_with_cart(cart.token)
    body = {
        "email": "a@souk.example", "shipping_address": company(), "shipping_method": "standard",
        "payment_provider": "cash_on_delivery", "tax_id": "FR 40 303 265 045",
    }  # fmt: skip

    faulty(client.post(f"{V1}/checkout/place", body | {"tax_id": GERMAN}), 422, "invalid_tax_id")
    assert not Order.objects.exists()
    placed = given(client.post(f"{V1}/checkout/place", body), 201)

    assert (placed["company"], placed["tax_id"]) == ("Ben SARL", FRENCH)


def test_an_order_from_items_has_the_number(cart: Cart) -> None:
    customer: User = UserFactory()
    body = {
        "items": [{"sku": stocked_variant(3).sku}], "shipping_address": company(), "shipping_method": "standard",
        "payment_provider": "cash_on_delivery", "tax_id": "40303265045",
    }  # fmt: skip
    client: APIClient = client_of(customer)

    assert given(client.post(f"{V1}/orders", body), 201)["tax_id"] == FRENCH
    faulty(client.post(f"{V1}/orders", body | {"tax_id": "1"}), 422, "invalid_tax_id")


def test_who_logs_in_brings_the_number_with_the_address(cart: Cart) -> None:
    details = details_of(shipping_address=company(), tax_id=FRENCH)
    update_checkout(customer=None, token=cart.token, details=details)

    assert merge_at_login(customer=UserFactory(), token=cart.token).tax_id == FRENCH


def test_the_number_is_exported_and_erased_with_the_person() -> None:
    customer: User = UserFactory()
    order = completed_order(customer=customer)
    Order.objects.filter(pk=order.pk).update(tax_id=FRENCH)
    person = Person(id=customer.pk, email=customer.email)

    exported = dict(OrdersOfPerson().sections(person))["orders"]
    assert [row["tax_id"] for row in exported] == [FRENCH]
    OrdersOfPerson().erase(person)

    order.refresh_from_db()
    assert (order.tax_id, order.company) == ("", "")


def test_a_cart_placed_without_a_word_keeps_the_number_it_has(cart: Cart) -> None:
    ready = cart_ready_to_order()
    Cart.objects.filter(pk=ready.pk).update(tax_id="12-3456789")

    order = place_order(cart_id=ready.pk, actor=None).order

    assert order.tax_id == "123456789"


def test_the_mail_to_a_customer_names_the_number() -> None:
    customer: User = UserFactory()
    EmailAddress.objects.create(user=customer, email=customer.email, verified=True, primary=True)
    ready = cart_ready_to_order(customer=customer)
    Cart.objects.filter(pk=ready.pk).update(tax_id="123456789")
    place_order(cart_id=ready.pk, actor=customer)

    relay.run_once()
    send_due_messages()

    assert "123456789" in mail.outbox[0].body
