import re
from collections.abc import Iterator

import pytest
from allauth.core.context import request_context
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django.utils import translation

from accounts import services
from accounts.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidResetLink,
    TooManyAttempts,
    UsernameTaken,
    WrongPassword,
)
from accounts.models import Address, User
from accounts.selectors import addresses_of
from core.errors import InvalidInput, NotFound
from tests.factories.accounts import AddressFactory, UserFactory

pytestmark = pytest.mark.django_db

GOOD_PASSWORD = "seven olive trees"
LYON = {
    "full_name": "Amina Haddad",
    "line1": "12 rue des Oliviers",
    "city": "Lyon",
    "postal_code": "69001",
    "country": "FR",
}


def sign_up(**changes: str) -> User:
    return services.create_user(
        **{"email": "amina@souk.example", "username": "amina", "password": GOOD_PASSWORD} | changes
    )


def test_a_new_account_keeps_its_address_in_lower_case_and_its_password_as_a_hash() -> None:
    user = sign_up(email=" Amina@Souk.Example ")
    assert user.email == "amina@souk.example"
    assert user.check_password(GOOD_PASSWORD)
    assert GOOD_PASSWORD not in user.password


def test_a_new_account_speaks_the_language_that_its_owner_was_reading() -> None:
    with translation.override("ar"):
        assert sign_up().preferred_language == "ar"


def test_a_language_that_the_shop_does_not_speak_becomes_english() -> None:
    assert sign_up(language="de").preferred_language == "en"


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"email": "TAKEN@souk.example"}, EmailTaken, "email"),
        ({"username": "TAKEN"}, UsernameTaken, "username"),
        ({"email": "no address"}, InvalidInput, "email"),
        ({"email": ""}, InvalidInput, "email"),
        ({"username": "two words"}, InvalidInput, "username"),
        ({"username": ""}, InvalidInput, "username"),
        ({"password": "12345678"}, InvalidInput, "password"),
        ({"password": "amina@souk.example"}, InvalidInput, "password"),
    ],
)
def test_an_account_that_cannot_be_names_the_field_at_fault_and_stores_nothing(
    changes: dict[str, str], refusal: type[InvalidInput], field: str
) -> None:
    UserFactory(email="taken@souk.example", username="taken")
    with pytest.raises(refusal) as raised:
        sign_up(**changes)
    assert raised.value.field == field
    assert User.objects.count() == 1


def test_a_password_changes_only_for_who_knows_the_old_one() -> None:
    user = sign_up()
    with pytest.raises(WrongPassword):
        services.change_password(user=user, old_password="a guess", new_password="nine fig trees")
    user.refresh_from_db()
    assert user.check_password(GOOD_PASSWORD)


def test_a_weak_new_password_is_refused_with_its_reasons() -> None:
    user = sign_up()
    with pytest.raises(InvalidInput) as raised:
        services.change_password(user=user, old_password=GOOD_PASSWORD, new_password="short")
    assert raised.value.field == "new_password"
    assert raised.value.details["reasons"]


def test_a_profile_changes_only_where_something_was_given() -> None:
    user = UserFactory(first_name="Amina", phone="+33 1 23 45 67 89")
    services.update_profile(user=user, last_name=" Benali ", preferred_language="fr")
    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.preferred_language) == ("Amina", "Benali", "fr")
    assert user.phone == "+33 1 23 45 67 89"


def test_a_profile_cannot_make_somebody_staff() -> None:
    user = UserFactory()
    with pytest.raises(TypeError):
        services.update_profile(user=user, is_staff=True)


def test_a_profile_refuses_a_language_that_the_shop_does_not_speak() -> None:
    with pytest.raises(InvalidInput) as raised:
        services.update_profile(user=UserFactory(), preferred_language="de")
    assert raised.value.field == "preferred_language"


def test_the_first_address_becomes_the_default_for_both_purposes() -> None:
    address = services.add_address(user=UserFactory(), **LYON)
    assert address.is_default_shipping
    assert address.is_default_billing


def test_a_second_address_leaves_the_defaults_alone() -> None:
    user = UserFactory()
    first = services.add_address(user=user, **LYON)
    second = services.add_address(user=user, **LYON)
    assert not second.is_default_shipping
    assert addresses_of(user).get(is_default_shipping=True) == first


def test_a_new_default_takes_over_from_the_old_one_for_that_purpose_only() -> None:
    user = UserFactory()
    first = services.add_address(user=user, **LYON)
    second = services.add_address(user=user, **LYON)
    services.set_default_address(user=user, address_id=second.pk, shipping=True)
    assert addresses_of(user).get(is_default_shipping=True) == second
    assert addresses_of(user).get(is_default_billing=True) == first


def test_a_default_cannot_be_taken_away_without_naming_another() -> None:
    user = UserFactory()
    address = services.add_address(user=user, **LYON)
    services.update_address(user=user, address_id=address.pk, is_default_shipping=False, city="Paris")
    address.refresh_from_db()
    assert address.is_default_shipping
    assert address.city == "Paris"


def test_the_defaults_of_a_deleted_address_pass_to_the_oldest_that_is_left() -> None:
    user = UserFactory()
    first = services.add_address(user=user, **LYON)
    heir = services.add_address(user=user, **LYON)
    services.add_address(user=user, **LYON)
    services.delete_address(user=user, address_id=first.pk)
    heir.refresh_from_db()
    assert heir.is_default_shipping
    assert heir.is_default_billing


def test_the_last_address_can_be_deleted() -> None:
    user = UserFactory()
    address = services.add_address(user=user, **LYON)
    services.delete_address(user=user, address_id=address.pk)
    assert not addresses_of(user).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"full_name": " "}, "full_name"),
        ({"line1": ""}, "line1"),
        ({"city": "x" * 121}, "city"),
        ({"country": "ZZ"}, "country"),
        ({"country": "France"}, "country"),
    ],
)
def test_an_incomplete_address_is_refused_naming_the_field(changes: dict[str, str], field: str) -> None:
    user = UserFactory()
    with pytest.raises(InvalidInput) as raised:
        services.add_address(user=user, **LYON | changes)
    assert raised.value.field == field
    assert not addresses_of(user).exists()


def test_a_stranger_can_neither_change_nor_delete_an_address() -> None:
    address = AddressFactory(is_default_shipping=True)
    stranger = UserFactory()
    with pytest.raises(NotFound):
        services.update_address(user=stranger, address_id=address.pk, city="Paris")
    with pytest.raises(NotFound):
        services.set_default_address(user=stranger, address_id=address.pk, billing=True)
    with pytest.raises(NotFound):
        services.delete_address(user=stranger, address_id=address.pk)
    unchanged = Address.objects.get(pk=address.pk)
    assert (unchanged.city, unchanged.is_default_billing) == ("Lyon", False)


# --- With a request at hand, as allauth's middleware keeps it -------------------------------------


@pytest.fixture
def at_hand(client: Client) -> Iterator[HttpRequest]:
    request = client.get("/en/account/login/").wsgi_request
    request.method = "POST"
    with request_context(request):
        yield request


def reset_link() -> tuple[str, str]:
    found = re.search(r"/password/reset/key/([0-9a-f]+)-(\S+)/", str(mail.outbox[-1].body))
    assert found
    return found[1], found[2]


@pytest.mark.usefixtures("at_hand")
def test_a_mailed_key_sets_a_new_password_once() -> None:
    user = sign_up()
    services.request_password_reset(email="AMINA@souk.example")
    uid, key = reset_link()
    services.reset_password(uid=uid, key=key, password="nine fig trees")
    user.refresh_from_db()
    assert user.check_password("nine fig trees")
    with pytest.raises(InvalidResetLink):
        services.reset_password(uid=uid, key=key, password="ten date palms")


@pytest.mark.usefixtures("at_hand")
def test_a_weak_password_leaves_the_mailed_key_usable() -> None:
    sign_up()
    services.request_password_reset(email="amina@souk.example")
    uid, key = reset_link()
    with pytest.raises(InvalidInput) as raised:
        services.reset_password(uid=uid, key=key, password="short")
    assert raised.value.field == "password"
    services.reset_password(uid=uid, key=key, password="nine fig trees")


@pytest.mark.usefixtures("at_hand")
@pytest.mark.parametrize("uid", ["", "zz", "0" * 32])
def test_a_made_up_key_is_refused(uid: str) -> None:
    with pytest.raises(InvalidResetLink):
        services.reset_password(uid=uid, key="abc-def", password="nine fig trees")


@pytest.mark.usefixtures("at_hand")
def test_a_closed_account_gets_no_link() -> None:
    UserFactory(email="amina@souk.example", is_active=False)
    services.request_password_reset(email="amina@souk.example")
    assert "/password/reset/key/" not in str(mail.outbox[0].body)


@pytest.mark.usefixtures("at_hand")
def test_links_to_one_address_are_limited() -> None:
    for _ in range(5):
        services.request_password_reset(email="amina@souk.example")
    with pytest.raises(TooManyAttempts):
        services.request_password_reset(email="Amina@souk.example")
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("login", ["amina", "AMINA@souk.example"])
def test_either_name_and_the_password_show_who_it_is(at_hand: HttpRequest, login: str) -> None:
    user = sign_up()
    assert services.authenticate_user(request=at_hand, login=login, password=GOOD_PASSWORD) == user


@pytest.mark.parametrize(("login", "password"), [("amina", "a guess"), ("nobody", GOOD_PASSWORD), ("", GOOD_PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_are_refused_alike(
    at_hand: HttpRequest, login: str, password: str
) -> None:
    sign_up()
    with pytest.raises(InvalidCredentials):
        services.authenticate_user(request=at_hand, login=login, password=password)


def test_a_closed_account_is_refused_like_an_unknown_one(at_hand: HttpRequest) -> None:
    UserFactory(username="amina", password=GOOD_PASSWORD, is_active=False)
    with pytest.raises(InvalidCredentials):
        services.authenticate_user(request=at_hand, login="amina", password=GOOD_PASSWORD)


def test_attempts_through_page_and_service_count_together(client: Client, at_hand: HttpRequest) -> None:
    sign_up()
    for _ in range(3):
        client.post("/en/account/login/", {"login": "amina", "password": "a guess"})
    for _ in range(2):
        with pytest.raises(InvalidCredentials):
            services.authenticate_user(request=at_hand, login="amina", password="a guess")
    with pytest.raises(TooManyAttempts):
        services.authenticate_user(request=at_hand, login="amina", password=GOOD_PASSWORD)
