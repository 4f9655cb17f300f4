"""Accounts through the API: tokens, passwords, profile and address book."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Address, User
from accounts.tokens import issue_tokens
from carts.models import Cart
from tests.api import V1, client_of, client_with_cart, faulty, given, refused
from tests.factories.accounts import AddressFactory, CustomerWithoutLogin, StaffFactory, UserFactory, postal
from tests.factories.checkout import cart_with
from tests.mails import mailed_key

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW = {"email": "Leila@Souk.example", "username": "leila", "password": "olives-and-thyme-7"}


def log_in(client: APIClient, user: User) -> dict[str, object]:
    tokens: dict[str, object] = given(client.post(f"{V1}/auth/login", {"login": user.email, "password": PASSWORD}))
    return tokens


# --- Registration and log-in ----------------------------------------------------------------------


def confirmation(**changes: str) -> dict[str, str]:
    """What confirms the registration whose mail came last."""
    return {"key": mailed_key(), "password": NEW["password"]} | changes


@pytest.mark.parametrize("address", ["register", "signup"])
def test_who_registers_and_confirms_is_logged_in(api: APIClient, address: str) -> None:
    person = NEW | {"first_name": "Leila", "preferred_language": "ar", "date_of_birth": "2001-01-01"}
    assert given(api.post(f"{V1}/auth/{address}", person), 202) is None
    assert [sent.to for sent in mail.outbox] == [["leila@souk.example"]]
    made = given(api.post(f"{V1}/auth/register/confirm", confirmation()), 201)
    user = made["user"]
    assert (user["email"], user["username"], user["preferred_language"]) == ("leila@souk.example", "leila", "ar")
    assert (user["first_name"], user["date_of_birth"]) == ("Leila", "2001-01-01")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {made['access']}")
    assert given(api.get(f"{V1}/users/me"))["id"] == user["id"]


def test_before_it_is_confirmed_there_is_no_account(api: APIClient) -> None:
    given(api.post(f"{V1}/auth/register", NEW), 202)
    login = {"username": "leila", "password": NEW["password"]}
    refused(api.post(f"{V1}/auth/login", login), 401, "invalid_credentials")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"key": "made-up"}, "invalid_signup_link", "key"),
        ({"password": "a guess"}, "wrong_password", "password"),
        ({"username": "Taken"}, "username_taken", "username"),
        ({"username": "olives-and-thyme-7"}, "weak_password", "username"),
    ],
)
def test_a_confirmation_that_cannot_be_makes_no_account(
    api: APIClient, changes: dict[str, str], code: str, field: str
) -> None:
    UserFactory(username="taken")
    given(api.post(f"{V1}/auth/register", NEW), 202)
    details = refused(api.post(f"{V1}/auth/register/confirm", confirmation(**changes)), 422, code)
    assert set(details["fields"]) == {field}
    assert User.objects.count() == 1


def test_confirming_takes_the_guests_cart_along(api: APIClient) -> None:
    given(api.post(f"{V1}/auth/register", NEW), 202)
    guest = cart_with(quantity=2)
    given(client_with_cart(guest.token).post(f"{V1}/auth/register/confirm", confirmation()), 201)
    assert given(client_of(User.objects.get()).get(f"{V1}/cart"))["units"] == 2


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"username": "Taken"}, "username_taken", "username"),
        ({"password": "12345678"}, "weak_password", "password"),
        ({"password": "leila"}, "weak_password", "password"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(
    api: APIClient, changes: dict[str, str], code: str, field: str
) -> None:
    UserFactory(email="taken@souk.example", username="taken")
    details = refused(api.post(f"{V1}/auth/register", NEW | changes), 422, code)
    assert set(details["fields"]) == {field}
    assert User.objects.count() == 1


def test_nobody_registers_as_staff(api: APIClient) -> None:
    claimed = {"is_staff": True, "is_superuser": True, "is_active": False}
    assert set(faulty(api.post(f"{V1}/auth/register", NEW | claimed))) == set(claimed)
    given(api.post(f"{V1}/auth/register", NEW), 202)
    assert set(faulty(api.post(f"{V1}/auth/register/confirm", confirmation(is_staff="true")))) == {"is_staff"}
    given(api.post(f"{V1}/auth/register/confirm", confirmation()), 201)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


@pytest.mark.parametrize("name", ["login", "email", "username"])
def test_log_in_gives_tokens_under_the_old_and_the_new_names(api: APIClient, name: str) -> None:
    user = UserFactory(email="amina@souk.example", username="amina")
    login = "amina" if name == "username" else "AMINA@souk.example"
    tokens = given(api.post(f"{V1}/auth/login", {name: login, "password": PASSWORD}))
    assert (tokens["token_type"], tokens["expires_in"], tokens["ttl"]) == ("Bearer", 3600, 3600)
    assert tokens["token"] == tokens["access"]
    assert tokens["user"]["id"] == str(user.pk)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['token']}")
    assert given(api.get(f"{V1}/users/me"))["id"] == str(user.pk)
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize("login", ["user@souk.example", "nobody@souk.example", "nobody", "no\u202ebody"])
def test_a_wrong_password_and_an_unknown_name_get_one_answer(api: APIClient, login: str) -> None:
    UserFactory(email="user@souk.example")
    assert refused(api.post(f"{V1}/auth/login", {"login": login, "password": "x"}), 401, "invalid_credentials") == {}


def test_a_closed_account_does_not_log_in(api: APIClient) -> None:
    user = UserFactory(is_active=False)
    refused(api.post(f"{V1}/auth/login", {"login": user.email, "password": PASSWORD}), 401, "invalid_credentials")


@pytest.mark.parametrize("login", ["", None, "None"])
def test_an_imported_customer_does_not_log_in(api: APIClient, login: str | None) -> None:
    CustomerWithoutLogin(first_name="None")
    response = api.post(f"{V1}/auth/login", {"login": login, "password": PASSWORD})
    assert response.status_code in {400, 401}


def test_exactly_one_name_is_needed_to_log_in(api: APIClient) -> None:
    body = {"email": "a@souk.example", "username": "a", "password": "x"}
    assert set(faulty(api.post(f"{V1}/auth/login", body))) == {"login"}


def test_guessing_locks_the_account_for_a_while(api: APIClient) -> None:
    user = UserFactory()
    for _guess in range(5):
        refused(api.post(f"{V1}/auth/login", {"login": user.email, "password": "x"}), 401, "invalid_credentials")
    refused(api.post(f"{V1}/auth/login", {"login": user.email, "password": PASSWORD}), 429, "too_many_attempts")


def test_log_in_takes_the_guests_cart_along() -> None:
    user, guest = UserFactory(), cart_with(quantity=2)
    client = client_with_cart(guest.token)
    log_in(client, user)
    guest.refresh_from_db()
    assert guest.status == Cart.Status.MERGED
    cart = given(client_of(user).get(f"{V1}/cart"))
    assert (cart["units"], cart["token"]) == (2, None)


def test_log_in_never_takes_another_customers_cart() -> None:
    other = cart_with(customer=UserFactory())
    user = UserFactory()
    log_in(client_with_cart(other.token), user)
    other.refresh_from_db()
    assert other.status == Cart.Status.OPEN
    assert given(client_of(user).get(f"{V1}/cart"))["units"] == 0


# --- Tokens ---------------------------------------------------------------------------------------


def test_a_refresh_token_gives_a_new_pair_once(api: APIClient) -> None:
    old = issue_tokens(UserFactory()).refresh
    new = given(api.post(f"{V1}/auth/refresh", {"refresh": old}))
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {new['access']}")
    given(api.get(f"{V1}/users/me"))
    refused(api.post(f"{V1}/auth/refresh", {"refresh": old}), 401, "token_not_valid")


def test_after_log_out_the_refresh_token_is_refused(api: APIClient) -> None:
    token = {"refresh": issue_tokens(UserFactory()).refresh}
    response = api.post(f"{V1}/auth/logout", token)
    assert given(response) is None
    assert response.json()["message"]
    refused(api.post(f"{V1}/auth/refresh", token), 401, "token_not_valid")
    refused(api.post(f"{V1}/auth/logout", token), 401, "token_not_valid")


def test_an_access_token_does_not_refresh(api: APIClient) -> None:
    access = issue_tokens(UserFactory()).access
    refused(api.post(f"{V1}/auth/refresh", {"refresh": access}), 401, "token_not_valid")


def test_a_closed_account_does_not_refresh(api: APIClient) -> None:
    user = UserFactory()
    token = issue_tokens(user).refresh
    User.objects.update(is_active=False)
    refused(api.post(f"{V1}/auth/refresh", {"refresh": token}), 401, "token_not_valid")


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_refresh_token_one_gets_a_pair() -> None:
    token = {"refresh": issue_tokens(UserFactory()).refresh}

    def refresh(_number: int) -> int:
        try:
            return APIClient().post(f"{V1}/auth/refresh", token).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(refresh, range(4)))
    assert answers == [200, 401, 401, 401]


# --- Passwords ------------------------------------------------------------------------------------


def test_a_new_password_ends_all_tokens_and_gives_new_ones(api: APIClient) -> None:
    user = UserFactory()
    client, refresh = client_of(user), issue_tokens(user).refresh
    body = {"old_password": PASSWORD, "new_password": "olives-and-thyme-7"}
    tokens = given(client.post(f"{V1}/auth/password/change", body))
    refused(client.get(f"{V1}/users/me"), 401, "password_changed")
    refused(api.post(f"{V1}/auth/refresh", {"refresh": refresh}), 401, "token_not_valid")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    given(api.get(f"{V1}/users/me"))


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("wrong", "olives-and-thyme-7", "wrong_password", "old_password"),
        (PASSWORD, "1234", "weak_password", "new_password"),
    ],
)
def test_a_password_is_not_changed_without_the_old_or_to_a_weak_one(old: str, new: str, code: str, field: str) -> None:
    user = UserFactory()
    response = client_of(user).post(f"{V1}/auth/password/change", {"old_password": old, "new_password": new})
    assert refused(response, 422, code)["fields"].keys() == {field}
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_mailed_link_sets_a_new_password_once(api: APIClient) -> None:
    user = UserFactory()
    old = client_of(user)
    given(api.post(f"{V1}/auth/password/reset", {"email": user.email.upper()}))
    link = re.search(r"/key/([^-/]+)-([^/\s]+)/", mail.outbox[0].body)
    assert link is not None
    body = {"uid": link[1], "key": link[2], "password": "olives-and-thyme-7"}
    given(api.post(f"{V1}/auth/password/reset/confirm", body))
    refused(old.get(f"{V1}/users/me"), 401, "password_changed")
    given(api.post(f"{V1}/auth/login", {"login": user.email, "password": "olives-and-thyme-7"}))
    refused(api.post(f"{V1}/auth/password/reset/confirm", body), 422, "invalid_reset_link")


def test_a_reset_tells_nobody_who_has_an_account(api: APIClient) -> None:
    UserFactory(email="known@souk.example")
    known = api.post(f"{V1}/auth/password/reset", {"email": "known@souk.example"})
    unknown = api.post(f"{V1}/auth/password/reset", {"email": "unknown@souk.example"})
    assert known.content == unknown.content
    # Both get a mail, so that both take as long.
    assert [sent.to for sent in mail.outbox] == [["known@souk.example"], ["unknown@souk.example"]]


@pytest.mark.parametrize(("uid", "key"), [("x", "y"), ("\u00e9", "set-password"), ("1" * 128, "-"), ("none", "a-b")])
def test_a_made_up_link_sets_no_password(api: APIClient, uid: str, key: str) -> None:
    body = {"uid": uid, "key": key, "password": "olives-and-thyme-7"}
    refused(api.post(f"{V1}/auth/password/reset/confirm", body), 422, "invalid_reset_link")


# --- Oneself --------------------------------------------------------------------------------------


def test_a_profile_changes_where_it_may() -> None:
    user = UserFactory(username="amina", email="amina@souk.example")
    changes = {"phone": "+216 71 000 000", "preferred_language": "fr"}
    claimed = {"is_staff": True, "email": "x@souk.example"}
    assert set(faulty(client_of(user).patch(f"{V1}/users/me", changes | claimed))) == set(claimed)
    profile = given(client_of(user).patch(f"{V1}/users/me", changes))
    assert (profile["phone"], profile["preferred_language"]) == ("+216 71 000 000", "fr")
    user.refresh_from_db()
    assert (user.is_staff, user.email, user.first_name) == (False, "amina@souk.example", "Amina")


def test_a_language_that_the_shop_does_not_speak_is_refused() -> None:
    response = client_of(UserFactory()).patch(f"{V1}/users/me", {"preferred_language": "de"})
    assert set(faulty(response)) == {"preferred_language"}


def test_an_address_book_is_written_read_and_emptied() -> None:
    client = client_of(UserFactory())
    first = given(client.post(f"{V1}/users/me/addresses", postal(country="us")), 201)
    assert (first["country"], first["is_default_shipping"]) == ("US", True)
    second = given(client.post(f"{V1}/users/me/addresses", postal(city="Lyon", country="FR")), 201)
    address = f"{V1}/users/me/addresses/{second['id']}"
    assert given(client.patch(address, {"is_default_shipping": True}))["is_default_shipping"] is True
    assert [one["city"] for one in given(client.get(f"{V1}/users/me/addresses"))] == ["Lyon", "Austin"]
    assert given(client.delete(address)) is None
    assert [one["is_default_shipping"] for one in given(client.get(f"{V1}/users/me/addresses"))] == [True]


@pytest.mark.parametrize("country", ["XX", "USA", "", "u", "\u00df", 12, None])
def test_an_address_needs_a_country_that_there_is(country: object) -> None:
    response = client_of(UserFactory()).post(f"{V1}/users/me/addresses", postal() | {"country": country})
    assert set(faulty(response)) == {"country"}
    assert not Address.objects.exists()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("who", ["colleague", "staff"])
def test_anybody_elses_address_is_not_found(method: str, who: str) -> None:
    address = AddressFactory()
    client = client_of(StaffFactory() if who == "staff" else UserFactory())
    changes = {"city": "Elsewhere"} if method == "patch" else {}
    response = getattr(client, method)(f"{V1}/users/me/addresses/{address.pk}", changes)
    refused(response, 404, "not_found")
    address.refresh_from_db()
    assert address.city == "Lyon"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "users/me"),
        ("patch", "users/me"),
        ("get", "users/me/addresses"),
        ("post", "users/me/addresses"),
        ("post", "auth/password/change"),
    ],
)
def test_a_stranger_has_no_account(api: APIClient, method: str, path: str) -> None:
    refused(getattr(api, method)(f"{V1}/{path}", postal()), 401, "not_authenticated")
    assert not Address.objects.exists()
