"""Address books under two writers at once, on real connections."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts import services
from accounts.errors import UsernameTaken
from accounts.models import Address, User
from tests.factories.accounts import UserFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LYON = {
    "full_name": "Amina Haddad",
    "line1": "12 rue des Oliviers",
    "city": "Lyon",
    "postal_code": "69001",
    "country": "FR",
}
WRITERS = 8


def add_first_addresses_at_once() -> list[object]:
    user = UserFactory()
    return at_once(*[lambda: services.add_address(user=user, **LYON)] * WRITERS)


def test_without_the_lock_first_addresses_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_lock_book", lambda user: None)
    assert any(isinstance(result, IntegrityError) for result in add_first_addresses_at_once())


def test_of_first_addresses_added_at_once_one_is_the_default() -> None:
    results = add_first_addresses_at_once()
    assert all(isinstance(result, Address) for result in results)
    assert Address.objects.filter(is_default_shipping=True).count() == 1
    assert Address.objects.filter(is_default_billing=True).count() == 1


def test_switching_the_default_from_many_places_at_once_leaves_one() -> None:
    user = UserFactory()
    entries = [services.add_address(user=user, **LYON) for _ in range(WRITERS)]

    def switch(entry: Address) -> Callable[[], Address]:
        return lambda: services.set_default_address(user=user, address_id=entry.pk, shipping=True, billing=True)

    results = at_once(*[switch(entry) for entry in entries])
    assert all(isinstance(result, Address) for result in results)
    assert Address.objects.filter(is_default_shipping=True).count() == 1
    assert Address.objects.filter(is_default_billing=True).count() == 1


def test_of_two_who_want_the_same_name_at_once_one_gets_it_and_one_is_told() -> None:
    def sign_up(number: int, username: str) -> Callable[[], User]:
        return lambda: services.create_user(
            email=f"shopper{number}@souk.example", username=username, password="nine tall fig trees"
        )

    results = at_once(*[sign_up(n, "Amina" if n % 2 else "amina") for n in range(WRITERS)])
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == WRITERS - 1
