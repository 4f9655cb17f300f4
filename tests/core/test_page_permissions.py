"""Who may open which page: nobody sees or changes what is somebody else's, and the admin is for staff with a right."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Address, User
from core.db.ids import new_id
from orders.models import Order
from tests.core.test_api_permissions import everything
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory
from tests.factories.checkout import cart_with, order_awaiting_transfer

pytestmark = pytest.mark.django_db

# Of the owner alone; none of it may be on a page that somebody else sees.
MARKS = ("zenobia@palmyra.example", "Zenobia", "7 Colonnade Street")


class Shop:
    """An owner with something at every address of the shop."""

    def __init__(self) -> None:
        self.owner: User = UserFactory(email=MARKS[0], username="owner", first_name=MARKS[1])
        self.address: Address = AddressFactory(user=self.owner, line1=MARKS[2], full_name=MARKS[1])
        self.order: Order = order_awaiting_transfer(customer=self.owner)
        self.cart = cart_with(customer=self.owner)
        self.browser = Client()
        self.browser.force_login(self.owner)
        self.session = self.owner.login_sessions.get()
        cache.clear()


@dataclass(frozen=True)
class Page:
    """What an address names, and what those get to whom it does not belong."""

    parts: Callable[[Shop], dict[str, Any]] = lambda shop: {}
    signed_in: bool = False  # a guest is led to log in first
    owned: bool = False  # others find nothing, and can change nothing


def own(name: str, value: Callable[[Shop], object]) -> Page:
    return Page(lambda shop: {name: value(shop)}, signed_in=True, owned=True)


def at(**parts: object) -> Page:
    """For everybody who knows the address."""
    return Page(lambda shop: parts)


ANYBODY, PERSON = Page(), Page(signed_in=True)
ORDER = own("number", lambda shop: shop.order.number)
ENTRY = own("address_id", lambda shop: shop.address.pk)

PAGES: dict[str, Page] = {
    "account_login": ANYBODY,
    "account_logout": ANYBODY,
    "account_inactive": ANYBODY,
    "account_signup": ANYBODY,
    "account_reauthenticate": PERSON,
    "account_email": PERSON,
    "account_email_verification_sent": ANYBODY,
    "account_change_password": PERSON,
    "account_set_password": PERSON,
    "account_reset_password": ANYBODY,
    "account_reset_password_done": ANYBODY,
    "account_reset_password_from_key": at(uidb36="1", key="made-up"),
    "account_reset_password_from_key_done": ANYBODY,
    "account_confirm_login_code": ANYBODY,
    "account_confirm_email": at(key="made-up"),
    "mfa_index": PERSON,
    "mfa_authenticate": ANYBODY,
    "mfa_reauthenticate": PERSON,
    "mfa_activate_totp": PERSON,
    "mfa_deactivate_totp": PERSON,
    "mfa_view_recovery_codes": PERSON,
    "mfa_generate_recovery_codes": PERSON,
    "mfa_download_recovery_codes": PERSON,
    "accounts:overview": PERSON,
    "accounts:orders": PERSON,
    "accounts:order": ORDER,
    "accounts:cancel_order": ORDER,
    "accounts:addresses": PERSON,
    "accounts:address_fields": ANYBODY,
    "accounts:add_address": PERSON,
    "accounts:edit_address": ENTRY,
    "accounts:delete_address": ENTRY,
    "accounts:set_default_address": ENTRY,
    "accounts:sessions": PERSON,
    "accounts:end_sessions": PERSON,
    "accounts:end_session": own("session_id", lambda shop: shop.session.pk),
    "accounts:confirm_signup": at(key="made-up"),
    "accounts:profile": PERSON,
    "accounts:export": PERSON,
    "accounts:erase": PERSON,
    "carts:cart": ANYBODY,
    "carts:add": ANYBODY,
    "carts:update": Page(lambda shop: {"line_id": shop.cart.lines.get().pk}),
    "carts:accept_price": Page(lambda shop: {"line_id": shop.cart.lines.get().pk}),
    "checkout:start": ANYBODY,
    "checkout:address": ANYBODY,
    "checkout:delivery": ANYBODY,
    "checkout:payment": ANYBODY,
    "checkout:review": ANYBODY,
    "checkout:confirmation": Page(lambda shop: {"number": shop.order.number}, owned=True),
    "notices:ask": Page(lambda shop: {"variant_id": shop.cart.lines.get().variant_id}),
    "notices:withdraw": Page(lambda shop: {"variant_id": shop.cart.lines.get().variant_id}),
    "notices:confirm": at(token="made-up"),
    "notices:stop": at(token="made-up"),
    "orders:track": ANYBODY,
    "orders:send_link": ANYBODY,
    "orders:tracking": at(token="made-up"),
    "orders:back_to_cart": at(token="made-up"),
    "orders:own_back_to_cart": ORDER,
    "theme": ANYBODY,
    "catalog:home": ANYBODY,
    "catalog:search": ANYBODY,
    "catalog:suggest": ANYBODY,
    "catalog:category": at(slug="teas"),
    "catalog:product": at(slug="mint"),
    "set_language": ANYBODY,
    "robots": ANYBODY,
    "sitemap": ANYBODY,
    "sitemap_categories": ANYBODY,
    "sitemap_products": at(page=1),
    "health": ANYBODY,
    "health_live": ANYBODY,
    "health_ready": ANYBODY,
}
# What every member of staff may open in the admin, and the way in and out of it.
FOR_ALL_STAFF = {
    "admin:index",
    "admin:search",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
    "admin:jsi18n",
}
NAMELESS = {"", r"^media/(?P<path>.+)$"}


def walk(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """The name and the pattern of every address."""
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}" if entry.name else "", pattern
        else:
            yield from walk(entry, pattern, f"{space}{entry.namespace}:" if entry.namespace else space)


def pages() -> dict[str, str]:
    """The patterns of the storefront's addresses by name."""
    found = [(name, pattern) for name, pattern in walk(get_resolver()) if not pattern.startswith(("admin/", "api/"))]
    return {name or pattern: pattern for name, pattern in found if name or pattern not in NAMELESS}


def address_of(pattern: str, parts: dict[str, Any]) -> str:
    """The English address that a pattern stands for."""
    for name, value in parts.items():
        pattern = re.sub(rf"<(\w+:)?{name}>|\(\?P<{name}>[^)]*\)", str(value), pattern)
    return f"/{pattern}".replace("^", "").replace("$", "")


def admin_addresses() -> list[str]:
    """Those of the admin, of an object that is there if there is any."""
    found = [(name, pattern) for name, pattern in walk(get_resolver()) if pattern.startswith("admin/")]
    addresses = set()
    for name, pattern in found:
        pk = _some_object(pattern)
        parts = {"object_id": pk, "id": pk, "content_type_id": 1, "app_label": "orders", "url": "orders/nowhere"}
        if name not in FOR_ALL_STAFF:
            addresses.add(address_of(pattern, parts))
    return sorted(addresses)


def _some_object(pattern: str) -> object:
    try:
        model = apps.get_model(*pattern.split("/")[1:3])
    except (LookupError, TypeError, ValueError):
        return new_id()
    return model._default_manager.values_list("pk", flat=True).first() or new_id()


def _tells_nothing(answer: HttpResponse) -> bool:
    """Refused, not there, or led to an address that is knocked at itself."""
    led = answer.get("Location", "")
    return answer.status_code in {403, 404, 405} or led == "/admin/" or led.endswith("/change/")


def knock(client: Client, method: str, address: str) -> tuple[HttpResponse, str]:
    """The answer, and what is read in the end."""
    answer = getattr(client, method)(address)
    read = getattr(client, method)(address, follow=True) if method == "get" else answer
    return answer, "" if read.streaming else read.content.decode()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def strangers() -> dict[str, Client]:
    made = {"guest": Client(), "other customer": Client(), "colleague": Client()}
    made["other customer"].force_login(UserFactory())
    made["colleague"].force_login(StaffFactory(is_superuser=False))
    return made


def test_every_page_has_its_case() -> None:
    assert not set(pages()) - set(PAGES)


@pytest.mark.parametrize("name", sorted(pages()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_shows_and_gives_nobody_what_is_somebody_elses(name: str, method: str, shop: Shop) -> None:
    page = PAGES[name]
    address = address_of(pages()[name], page.parts(shop))
    for role, client in strangers().items():
        with transaction.atomic():
            before = everything() if page.owned else None
            answer, read = knock(client, method, address)
            assert not [mark for mark in MARKS if mark in read], role
            if answer.status_code == 405:
                pass  # there is nothing to be done at this address
            elif page.signed_in and role == "guest":
                assert answer.status_code == 302, address
                assert answer["Location"].startswith("/en/account/login/?next="), address
            elif page.owned:
                # What is done by a button leads back to one's own page when its address is read.
                assert answer.status_code == 404 or (method == "get" and answer.status_code == 302), f"{role} {address}"
            assert before is None or everything() == before, f"{role} changed something"
            transaction.set_rollback(True)


def test_the_owner_finds_what_the_others_do_not(shop: Shop) -> None:
    marks = {"accounts:order": shop.order.number, "accounts:edit_address": MARKS[2], "accounts:profile": MARKS[1]}
    for name, mark in marks.items():
        address = address_of(pages()[name], PAGES[name].parts(shop))
        assert mark in shop.browser.get(address).text, address


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.usefixtures("shop")
def test_the_admin_opens_to_no_guest_and_no_customer(method: str) -> None:
    customer = Client()
    customer.force_login(UserFactory())
    for address in admin_addresses():
        for client in (Client(), customer):
            answer = getattr(client, method)(address)
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/admin/login/?next="), address


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.usefixtures("shop")
def test_staff_without_a_right_open_no_page_that_needs_one(method: str) -> None:
    client = Client()
    client.force_login(StaffFactory(is_superuser=False))
    opened = {}
    for address in admin_addresses():
        answer = getattr(client, method)(address)
        if not _tells_nothing(answer):
            opened[address] = answer.status_code
    assert opened == {}
