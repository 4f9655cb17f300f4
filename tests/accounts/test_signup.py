"""Signing up tells nobody whether an address has an account; of many sign-ups with one address comes one account."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from allauth.core.context import request_context
from django.core import mail
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import signup, tasks
from accounts.errors import InvalidSignupLink, TooManyAttempts
from accounts.models import Signup, User
from accounts.signup import ask_to_sign_up, confirm_signup
from core import clock
from tests.accounts.test_no_telling import CountingHasher
from tests.api import V1
from tests.factories.accounts import CustomerWithoutLogin, UserFactory
from tests.mails import mailed_key
from tests.races import at_once

pytestmark = pytest.mark.django_db

PASSWORD = "olives-and-thyme-7"
KNOWN, FREE = "amina@souk.example", "leila@souk.example"
# What differs between any two pages: the token against forgery.
_TOKENS = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"')


@pytest.fixture
def at_hand() -> Iterator[HttpRequest]:
    request = RequestFactory().post("/")
    with request_context(request):
        yield request


@pytest.fixture(autouse=True)
def _somebody(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]
    UserFactory(email=KNOWN, username="amina", preferred_language="fr", first_name="Amina")


def by_page(email: str, **headers: str) -> HttpResponse:
    form = {"email": email, "username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}
    return Client(headers=headers).post("/en/account/signup/", form, follow=True)


def by_script(email: str) -> HttpResponse:
    return by_page(email, **{"X-Requested-With": "XMLHttpRequest"})


def by_api(email: str) -> HttpResponse:
    person = {"email": email, "username": "newcomer", "password": PASSWORD, "preferred_language": "ar"}
    return APIClient().post(f"{V1}/auth/register", person)


def seen(response: HttpResponse, *, sent: str) -> tuple[object, ...]:
    """Everything that comes back, but what differs each time and what was sent."""
    headers = [(name, value) for name, value in response.headers.items() if name != "X-Request-ID"]
    body = _TOKENS.sub(b"", response.content).replace(sent.encode(), b"")
    cookies = [(name, cookie["path"], cookie["max-age"]) for name, cookie in response.cookies.items()]
    return response.status_code, headers, cookies, body, getattr(response, "redirect_chain", None)


doors = pytest.mark.parametrize("door", [by_page, by_script, by_api])


@doors
def test_a_known_and_an_unknown_address_get_the_same_answer(door: Callable[[str], HttpResponse]) -> None:
    known, free = seen(door(KNOWN), sent=KNOWN), seen(door(FREE), sent=FREE)
    assert known == free
    assert known[0] in {200, 202}


@doors
def test_both_hash_one_password_and_ask_the_database_the_same(door: Callable[[str], HttpResponse]) -> None:
    door("warm@souk.example")
    work = []
    for email in (KNOWN, FREE):
        before = CountingHasher.runs
        with CaptureQueriesContext(
            connection,
        ) as queries:
            door(email)
        asked = [re.sub(r"'[^']*'|\d+", "", query["sql"]) for query in queries]
        work.append((CountingHasher.runs - before, asked))
    assert work[0] == work[1]
    assert work[0][0] == 1


@doors
def test_each_gets_a_mail_of_their_own(door: Callable[[str], HttpResponse]) -> None:
    door(KNOWN)
    door(FREE)
    owner, newcomer = mail.outbox
    assert (owner.to, newcomer.to) == ([KNOWN], [FREE])
    assert "/account/welcome/" not in str(owner.body)
    assert "http://testserver/fr/account/login/" in str(owner.body)
    assert "http://testserver/fr/account/password/reset/" in str(owner.body)
    assert "/account/welcome/" in str(newcomer.body)
    assert User.objects.count() == 1


@doors
@pytest.mark.parametrize("email", [KNOWN, FREE])
def test_nothing_tells_afterwards_either(door: Callable[[str], HttpResponse], email: str) -> None:
    door(email)
    answer = APIClient().post(f"{V1}/auth/login", {"username": "newcomer", "password": PASSWORD})
    assert answer.status_code == 401
    assert door("another@souk.example").status_code in {200, 202}, "the username is still free"


@pytest.mark.parametrize("door", [by_page, by_api])
@pytest.mark.parametrize("email", [KNOWN, FREE])
def test_many_mails_to_one_address_are_refused_alike(door: Callable[[str], HttpResponse], email: str) -> None:
    answers = [door(email) for _again in range(6)]
    assert len({answer.status_code for answer in answers[:5]}) == 1
    assert answers[5].status_code == 429
    assert answers[5]["Retry-After"]
    assert len(mail.outbox) == 5


def test_a_customer_of_an_imported_order_has_an_account_to_be_told_of() -> None:
    CustomerWithoutLogin(email="mailed@souk.example")
    by_page("mailed@souk.example")
    assert "/account/welcome/" not in str(mail.outbox[0].body)


def test_what_a_stranger_calls_themselves_is_not_in_the_mail() -> None:
    person = {"email": FREE, "username": "buy-at-evil.example", "password": PASSWORD, "first_name": "Evil Offers"}
    APIClient().post(f"{V1}/auth/register", person)
    [(html, _kind)] = mail.outbox[0].alternatives
    assert str(mail.outbox[0].body).startswith("Hello,\n")
    assert "evil" not in (str(mail.outbox[0].body) + str(html)).lower()


def test_the_table_keeps_neither_password_nor_key() -> None:
    by_page(FREE)
    row = str(Signup.objects.values().get())
    assert PASSWORD not in row
    assert mailed_key() not in row


@pytest.mark.usefixtures("at_hand")
def test_a_link_works_for_three_days_and_is_then_forgotten() -> None:
    ask_to_sign_up(email=FREE, username="leila", password=PASSWORD)
    key, asked_at = mailed_key(), clock.now()
    with clock.at(asked_at + timedelta(days=3, minutes=1)):
        with pytest.raises(InvalidSignupLink):
            confirm_signup(key=key, password=PASSWORD)
        assert tasks.forget_expired_signups() == 1
    assert not Signup.objects.exists()


@pytest.mark.usefixtures("at_hand")
def test_what_is_not_too_old_is_kept() -> None:
    ask_to_sign_up(email=FREE, username="leila", password=PASSWORD)
    assert tasks.forget_expired_signups() == 0


@pytest.mark.usefixtures("at_hand")
def test_the_password_of_a_link_cannot_be_guessed_for_long() -> None:
    ask_to_sign_up(email=FREE, username="leila", password=PASSWORD)
    for _guess in range(10):
        with pytest.raises(signup.NotThePasswordChosen):
            confirm_signup(key=mailed_key(), password="a guess")
    with pytest.raises(TooManyAttempts):
        confirm_signup(key=mailed_key(), password=PASSWORD)


@pytest.mark.usefixtures("at_hand")
def test_confirming_ends_the_other_links_to_the_address() -> None:
    ask_to_sign_up(email=FREE, username="mallory", password="mallory-knows-this-1")
    stolen = mailed_key()
    ask_to_sign_up(email=FREE, username="leila", password=PASSWORD)
    confirm_signup(key=mailed_key(), password=PASSWORD)
    with pytest.raises(InvalidSignupLink):
        confirm_signup(key=stolen, password="mallory-knows-this-1")


# --- Changing the address of an account ----------------------------------------------------------


def changed_to(email: str) -> tuple[object, ...]:
    """What somebody who is logged in sees when they ask for another address, and the queries it took."""
    client, user = Client(), UserFactory(email=f"owner-of-{email}")
    client.force_login(user)
    asked = client.post("/en/account/email/", {"email": email, "action_add": ""})
    proof = {"password": "a-good-password-1", "next": "/en/account/email/"}
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(asked["Location"], proof, follow=True)
    return *seen(answer, sent=email), len(queries)


def test_another_address_for_an_account_is_answered_alike_whether_or_not_it_is_taken() -> None:
    changed_to("warm@souk.example")
    assert changed_to(KNOWN) == changed_to(FREE)
    assert [message.to for message in mail.outbox] == [["warm@souk.example"], [KNOWN], [FREE]]


# --- Races ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_sign_ups_with_one_address_confirmed_at_once_one_becomes_the_account() -> None:
    keys = []
    for number in range(4):
        request = RequestFactory().post("/")
        with request_context(request):
            ask_to_sign_up(email=FREE, username=f"leila{number}", password=PASSWORD)
        keys.append(mailed_key())

    def confirm(key: str) -> Callable[[], User]:
        def run() -> User:
            with request_context(RequestFactory().post("/")):
                return confirm_signup(key=key, password=PASSWORD)

        return run

    results = at_once(*map(confirm, keys))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, InvalidSignupLink) for result in results) == 3, results
    assert User.objects.filter(email=FREE).count() == 1
