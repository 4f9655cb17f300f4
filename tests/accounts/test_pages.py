"""The account area: what an owner sees and does, what a stranger and a visitor do not."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Address, User
from checkout.services.cancel_order import cancel_order
from core.db.ids import new_id
from inventory.models import StockItem
from orders.models import Order
from payments.services import capture_payment
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.checkout import confirmed_order, order_awaiting_transfer, shipped_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

PAGES = ["", "orders/", "addresses/", "addresses/new/", "profile/", "password/change/", "email/"]
LYON = {
    "full_name": "Amina Haddad",
    "line1": "12 rue des Oliviers",
    "city": "Lyon",
    "postal_code": "69001",
    "country": "FR",
}


@pytest.fixture
def owner(client: Client) -> User:
    """The client's own user, logged in."""
    user: User = UserFactory(email="amina@souk.example", first_name="Amina")
    client.force_login(user)
    return user


@pytest.fixture
def stranger() -> Client:
    """Somebody else, logged in too."""
    client = Client()
    client.force_login(UserFactory())
    return client


# --- Who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_who_is_logged_in(client: Client, owner: User, language: str, page: str) -> None:
    response = client.get(f"/{language}/account/{page}")
    assert response.status_code == 200
    assert f'lang="{language}"' in response.text


@pytest.mark.parametrize("page", [*PAGES, "orders/ABC/"])
def test_a_visitor_is_asked_to_log_in_and_comes_back(client: Client, page: str) -> None:
    response = client.get(f"/ar/account/{page}")
    assert response.status_code == 302
    assert response["Location"] == f"/ar/account/login/?next=/ar/account/{page}"


def test_no_page_of_the_account_is_listed_by_search_engines(client: Client, owner: User) -> None:
    assert '<meta name="robots" content="noindex">' in client.get("/en/account/").text


# --- Orders ---------------------------------------------------------------------------------------


def test_the_owner_finds_an_order_in_overview_list_and_page(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    for page in ("", "orders/", f"orders/{order.number}/"):
        assert order.number in client.get(f"/en/account/{page}").text


def test_the_page_of_an_order_shows_lines_steps_and_parcel(client: Client, owner: User) -> None:
    order, _shipment = shipped_order(variant=stocked_variant(sku="TEA-1"), customer=owner)
    page = client.get(f"/en/account/orders/{order.number}/").text
    for shown in ("TEA-1", "Subtotal", "Delivery", "Shipped", "1Z999"):
        assert shown in page
    assert "Cancel this order" not in page


def test_an_order_that_waits_for_a_transfer_says_where_the_money_goes(client: Client, owner: User) -> None:
    order = order_awaiting_transfer(customer=owner)
    assert "How to pay" in client.get(f"/en/account/orders/{order.number}/").text


def test_an_imported_order_without_provider_and_steps_opens(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    Order.objects.filter(pk=order.pk).update(payment_provider="", price_steps=[], cart=None)
    assert client.get(f"/en/account/orders/{order.number}/").status_code == 200


def test_an_order_is_not_there_for_a_stranger(stranger: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    assert stranger.get(f"/en/account/orders/{order.number}/").status_code == 404
    assert order.number not in stranger.get("/en/account/orders/").text


def test_the_owner_cancels_an_unpaid_order_and_the_stock_is_free_again(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    assert "Cancel this order" in client.get(f"/en/account/orders/{order.number}/").text
    response = client.post(f"/en/account/orders/{order.number}/cancel/", follow=True)
    assert "Your order is cancelled." in response.text
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert StockItem.objects.get().reserved == 0


def test_cancelling_twice_is_harmless(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    cancel_order(order_id=order.pk, actor=None)
    assert client.post(f"/en/account/orders/{order.number}/cancel/").status_code == 302
    assert order.transitions.filter(kind="status", to_state="cancelled").count() == 1


def test_a_stranger_cannot_cancel_an_order(stranger: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    assert stranger.post(f"/en/account/orders/{order.number}/cancel/").status_code == 404
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_a_visitor_cannot_cancel_an_order(client: Client) -> None:
    order = confirmed_order(customer=UserFactory())
    assert client.post(f"/en/account/orders/{order.number}/cancel/").status_code == 302
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_a_paid_order_is_not_cancelled_by_its_owner(client: Client, owner: User) -> None:
    order = order_awaiting_transfer(customer=owner)
    capture_payment(payment_id=order.payments.get().pk, actor=None)
    assert "Cancel this order" not in client.get(f"/en/account/orders/{order.number}/").text
    response = client.post(f"/en/account/orders/{order.number}/cancel/", follow=True)
    assert "This order can no longer be cancelled." in response.text
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_following_a_link_cancels_nothing(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    assert client.get(f"/en/account/orders/{order.number}/cancel/").status_code == 302


# --- Addresses ------------------------------------------------------------------------------------


def test_an_address_is_added_and_becomes_the_default(client: Client, owner: User) -> None:
    response = client.post("/en/account/addresses/new/", LYON, follow=True)
    assert "12 rue des Oliviers" in response.text
    assert "Default for delivery" in response.text


def test_an_incomplete_address_comes_back_with_what_was_typed(client: Client, owner: User) -> None:
    response = client.post("/en/account/addresses/new/", LYON | {"city": ""})
    assert response.status_code == 422
    assert "12 rue des Oliviers" in response.text
    assert not Address.objects.exists()


def test_an_address_is_edited(client: Client, owner: User) -> None:
    address = AddressFactory(user=owner, is_default_shipping=True, is_default_billing=True)
    client.post(f"/en/account/addresses/{address.pk}/", LYON | {"city": "Paris"})
    address.refresh_from_db()
    assert address.city == "Paris"
    assert address.is_default_shipping


def test_a_button_makes_an_address_the_default(client: Client, owner: User) -> None:
    AddressFactory(user=owner, is_default_shipping=True, is_default_billing=True)
    other = AddressFactory(user=owner)
    client.post(f"/en/account/addresses/{other.pk}/default/", {"purpose": "billing"})
    assert Address.objects.get(is_default_billing=True) == other
    assert Address.objects.get(is_default_shipping=True) != other


def test_an_address_is_deleted(client: Client, owner: User) -> None:
    address = AddressFactory(user=owner)
    client.post(f"/en/account/addresses/{address.pk}/delete/")
    assert not Address.objects.exists()


def test_a_stranger_finds_no_address_and_changes_none(stranger: Client, owner: User) -> None:
    address = AddressFactory(user=owner)
    at = f"/en/account/addresses/{address.pk}/"
    assert stranger.get(at).status_code == 404
    assert stranger.post(at, LYON | {"city": "Paris"}).status_code == 404
    assert stranger.post(f"{at}default/", {"purpose": "shipping"}).status_code == 404
    assert stranger.post(f"{at}delete/").status_code == 404
    unchanged = Address.objects.get(pk=address.pk)
    assert (unchanged.city, unchanged.is_default_shipping) == ("Lyon", False)


def test_a_visitor_changes_no_address(client: Client) -> None:
    address = AddressFactory()
    assert client.post(f"/en/account/addresses/{address.pk}/delete/").status_code == 302
    assert Address.objects.filter(pk=address.pk).exists()


# --- Details --------------------------------------------------------------------------------------


def test_details_are_saved(client: Client, owner: User) -> None:
    data = {"first_name": "Amina", "last_name": "Benali", "phone": "+216 71 123 456", "preferred_language": "en"}
    assert "Your details are saved." in client.post("/en/account/profile/", data, follow=True).text
    owner.refresh_from_db()
    assert (owner.last_name, owner.phone) == ("Benali", "+216 71 123 456")


def test_a_new_language_shows_at_once(client: Client, owner: User) -> None:
    response = client.post("/en/account/profile/", {"preferred_language": "ar"})
    assert response["Location"] == "/ar/account/profile/"


def test_a_phone_number_without_digits_is_refused(client: Client, owner: User) -> None:
    response = client.post("/en/account/profile/", {"phone": "call me", "preferred_language": "en"})
    assert response.status_code == 422
    owner.refresh_from_db()
    assert owner.phone == ""


def test_a_form_cannot_make_somebody_staff(client: Client, owner: User) -> None:
    client.post("/en/account/profile/", {"preferred_language": "en", "is_staff": "on", "is_superuser": "on"})
    owner.refresh_from_db()
    assert not owner.is_staff


# --- Queries --------------------------------------------------------------------------------------


def queries_of(client: Client, page: str) -> int:
    client.get("/en/account/profile/")  # the navigation is kept in the cache
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/en/account/{page}").status_code == 200
    return len(queries)


@pytest.mark.parametrize("page", ["", "orders/", "addresses/", "profile/"])
def test_pages_take_at_most_eight_queries_however_much_there_is(client: Client, owner: User, page: str) -> None:
    AddressFactory(user=owner)
    confirmed_order(customer=owner)
    few = queries_of(client, page)
    for _ in range(4):
        AddressFactory(user=owner)
        confirmed_order(customer=owner)
    assert queries_of(client, page) == few
    assert few <= 8


def test_the_page_of_an_order_takes_the_same_queries_however_many_lines_there_are(client: Client, owner: User) -> None:
    order = confirmed_order(customer=owner)
    page = f"orders/{order.number}/"
    few = queries_of(client, page)
    line = order.lines.get()
    for position in range(2, 6):
        line.pk, line.position, line.variant = new_id(), position, stocked_variant()
        line.save(force_insert=True)
    assert queries_of(client, page) == few
    assert few <= 10


# --- Addresses that nobody should meet -----------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_page_answers_who_asks_for_its_head_only(client: Client, owner: User, page: str) -> None:
    assert client.head(f"/en/account/{page}").status_code == 200


def test_a_change_that_a_log_in_came_between_leads_back_to_where_it_is_made(client: Client, owner: User) -> None:
    order = order_awaiting_transfer(customer=owner)
    entry = AddressFactory(user=owner)
    for change, place in {
        f"orders/{order.number}/cancel/": f"orders/{order.number}/",
        f"addresses/{entry.pk}/delete/": "addresses/",
        f"addresses/{entry.pk}/default/": "addresses/",
    }.items():
        assert client.get(f"/fr/account/{change}")["Location"] == f"/fr/account/{place}"
    order.refresh_from_db()
    assert (order.status, Address.objects.filter(pk=entry.pk).count()) == ("pending", 1)


@pytest.mark.parametrize("page", ["orders/%00/", "orders/A%00/cancel/"])
def test_a_number_that_no_order_can_have_is_not_found(client: Client, owner: User, page: str) -> None:
    assert client.get(f"/en/account/{page}").status_code == 404
    assert client.post(f"/en/account/{page}").status_code == 404
