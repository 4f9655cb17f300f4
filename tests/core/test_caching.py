"""What caches and browsers may keep of the shop's answers."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from core.web.caching import PRIVATE
from orders.selectors import order_link_token
from tests.api import V1, client_of
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db

_PERSONAL = [
    "/en/account/", "/en/account/addresses/", "/en/account/profile/", "/en/account/sessions/", "/en/account/orders/",
    "/en/account/email/", "/en/account/login/", "/en/account/signup/", "/en/account/password/change/",
    "/en/account/two-step/", "/en/cart/", "/en/checkout/", "/en/orders/track/", "/en/account/export/", "/admin/",
    "/admin/login/", "/en/none/", "/",
]  # fmt: skip
_PUBLIC = ["/en/", "/en/search/?q=tea", "/en/c/none/", "/fr/"]


def _is_kept_nowhere(header: str) -> bool:
    return {"no-store", "private"} <= {part.strip() for part in header.split(",")}


@pytest.mark.parametrize("path", _PERSONAL)
@pytest.mark.parametrize("who", ["guest", "customer", "staff"])
def test_personal_pages_are_kept_nowhere(client: Client, path: str, who: str) -> None:
    if who != "guest":
        client.force_login(UserFactory() if who == "customer" else StaffFactory())
    assert _is_kept_nowhere(client.get(path)["Cache-Control"]), path


@pytest.mark.parametrize("path", _PUBLIC)
def test_whoever_is_logged_in_leaves_no_page_with_their_name_behind(client: Client, path: str) -> None:
    client.force_login(UserFactory())
    assert client.get(path)["Cache-Control"] == PRIVATE


def test_a_guest_may_go_back_to_a_product_without_loading_it_again(client: Client) -> None:
    for path in ("/en/", stocked_variant().product.get_absolute_url()):
        response = client.get(path)
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Cookie", "HX-Request", "Accept-Language"} <= set(response["Vary"].split(", "))


def test_an_orders_pages_and_what_is_posted_are_kept_nowhere(client: Client) -> None:
    order = confirmed_order()
    answers = [
        client.get(reverse("orders:tracking", args=[order_link_token(order.pk)])),
        client.post("/en/orders/track/", {"number": order.number, "email": order.email}),
        client.post("/en/account/login/", {"login": "a", "password": "b"}),
        client.post(reverse("carts:add"), {"variant": stocked_variant().pk, "quantity": 1}),
    ]
    assert all(_is_kept_nowhere(answer["Cache-Control"]) for answer in answers)


@pytest.mark.parametrize("path", ["users/me", "users/me/addresses", "users/me/sessions", "orders", "cart", "none"])
def test_the_apis_personal_answers_are_kept_nowhere(path: str) -> None:
    customer = UserFactory()
    AddressFactory(user=customer)
    for client in (client_of(customer), APIClient()):
        assert client.get(f"{V1}/{path}")["Cache-Control"] == PRIVATE
        assert client.post(f"{V1}/{path}", {})["Cache-Control"] == PRIVATE


def test_a_guests_catalogue_may_be_shared_and_is_not_sent_twice(api: APIClient) -> None:
    stocked_variant()
    response = api.get(f"{V1}/products")
    assert response["Cache-Control"] == "public, no-cache"
    assert api.get(f"{V1}/products", headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml"])
def test_what_is_for_robots_may_be_shared(client: Client, path: str) -> None:
    assert "public" in client.get(path)["Cache-Control"]
