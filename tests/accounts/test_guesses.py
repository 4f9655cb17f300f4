"""Guessing stops the guesser and not the owner: at every door, for passwords and codes alike."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.known_devices import COOKIE, HEADER
from accounts.models import User
from tests.api import V1, given, refused
from tests.factories.accounts import StaffFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW_PASSWORD = "nine tall fig trees"
HOME, OFFICE = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "203.0.113.9"}


def by_page(login: str, password: str, client: Client | None = None, **headers: Any) -> bool:
    client = client or Client()
    client.post("/en/account/login/", {"login": login, "password": password}, **headers)
    return "_auth_user_id" in client.session


def by_api(login: str, password: str, client: Client | None = None, **headers: Any) -> bool:
    client = client or Client()
    body = {"login": login, "password": password}
    return client.post(f"{V1}/auth/login", body, "application/json", **headers).status_code == 200


def by_admin(login: str, password: str, client: Client | None = None, **headers: Any) -> bool:
    client = client or Client()
    client.post("/admin/login/", {"username": login, "password": password}, **headers)
    return "_auth_user_id" in client.session


Door = Callable[..., bool]
every_door = pytest.mark.parametrize("door", [by_page, by_api, by_admin])


@pytest.fixture
def amina() -> User:
    user: User = StaffFactory(email="amina@souk.example", username="amina")
    return user


@pytest.fixture
def small_crowd(settings: Settings) -> int:
    """The limit for everybody together, low enough for a test to reach."""
    settings.GUESS_LIMITS = settings.GUESS_LIMITS | {"account": "12/3600", "account_code": "12/3600"}
    return 12


def crowd(times: int, login: str = "amina") -> None:
    for number in range(times):
        by_api(login, "a guess", REMOTE_ADDR=f"192.0.2.{number}")


def known_browser(door: Door = by_page, **headers: Any) -> Client:
    """A browser on which the owner was logged in, and is no longer."""
    client = Client()
    assert door("amina", PASSWORD, client, **headers)
    for name in list(client.cookies):
        if name != COOKIE:
            del client.cookies[name]
    return client


# --- Who is stopped -------------------------------------------------------------------------------


@every_door
def test_a_strangers_guesses_leave_the_owner_elsewhere_alone(amina: User, door: Door) -> None:
    for _guess in range(8):
        assert not door("amina", "a guess", **HOME)
    assert not door("amina", PASSWORD, **HOME)
    assert door("amina", PASSWORD, **OFFICE)


@every_door
def test_a_network_of_ipv6_addresses_is_one_guesser(amina: User, door: Door) -> None:
    for number in range(5):
        door("amina", "a guess", REMOTE_ADDR=f"2001:db8::{number + 1}")
    assert not door("amina", PASSWORD, REMOTE_ADDR="2001:db8::ffff")
    assert door("amina", PASSWORD, REMOTE_ADDR="2001:db8:0:1::1")


@every_door
def test_a_crowd_is_stopped_wherever_it_comes_from(amina: User, door: Door, small_crowd: int) -> None:
    crowd(small_crowd)
    assert not door("amina", PASSWORD, **OFFICE)


@every_door
@pytest.mark.parametrize("learnt_at", [by_page, by_admin])
def test_the_owners_own_browser_gets_in_through_the_crowd(
    amina: User, door: Door, learnt_at: Door, small_crowd: int
) -> None:
    browser = known_browser(learnt_at)
    crowd(small_crowd)
    assert door("amina", PASSWORD, browser, **OFFICE)


def test_an_app_gets_in_through_the_crowd_by_the_mark_of_its_last_log_in(amina: User, small_crowd: int) -> None:
    body = {"login": "amina", "password": PASSWORD}
    mark = given(APIClient().post(f"{V1}/auth/login", body))["device_token"]
    crowd(small_crowd)
    assert not by_api("amina", PASSWORD, **OFFICE)
    assert by_api("amina", PASSWORD, Client(headers={HEADER: mark}), **OFFICE)


def test_a_known_device_gets_in_from_a_network_that_guesses(amina: User) -> None:
    browser = known_browser()
    for number in range(25):
        by_api(f"somebody-{number}" if number > 5 else "amina", "a guess", **HOME)
    assert not by_page("amina", PASSWORD, **HOME)
    assert by_page("amina", PASSWORD, browser, **HOME)


@every_door
def test_a_known_device_may_not_guess_without_end_either(amina: User, door: Door) -> None:
    browser = known_browser()
    for number in range(5):
        assert not door("amina", "a guess", browser, REMOTE_ADDR=f"192.0.2.{number}")
    assert not door("amina", PASSWORD, browser, **OFFICE)
    # Its guesses are its own: the owner gets in elsewhere.
    assert door("amina", PASSWORD, **OFFICE)


@pytest.mark.parametrize("mark", ["", "x", "a:b:c", "\x00", "W1sieCJdXQ:1abc:sig"])
def test_a_made_up_mark_is_none(amina: User, small_crowd: int, mark: str) -> None:
    crowd(small_crowd)
    assert not by_api("amina", PASSWORD, Client(headers={HEADER: mark}), **OFFICE)


def test_the_mark_of_one_account_is_none_for_another(amina: User, small_crowd: int) -> None:
    StaffFactory(username="bilal")
    browser = Client()
    by_page("bilal", PASSWORD, browser)
    browser.logout()
    crowd(small_crowd)
    assert not by_page("amina", PASSWORD, browser, **OFFICE)


def test_people_who_share_a_browser_are_all_known_on_it(amina: User, small_crowd: int) -> None:
    StaffFactory(username="bilal")
    browser = known_browser()
    assert by_page("bilal", PASSWORD, browser)
    browser.post("/en/account/logout/")
    crowd(small_crowd)
    assert by_page("amina", PASSWORD, browser, **OFFICE)


def test_the_mark_is_kept_from_scripts_and_lasts(amina: User) -> None:
    browser = Client()
    by_page("amina", PASSWORD, browser)
    cookie = browser.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) > 60 * 60 * 24 * 365


def test_a_mailed_link_lets_the_owner_through_the_crowd(amina: User, small_crowd: int) -> None:
    crowd(small_crowd)
    browser = Client()
    follow_reset_link(browser, NEW_PASSWORD, **OFFICE)
    crowd(small_crowd)
    assert by_page("amina", NEW_PASSWORD, browser, **OFFICE)


def follow_reset_link(browser: Client, password: str, **headers: Any) -> None:
    """A new password for amina, by the link in the mail that is sent to her."""
    browser.post("/en/account/password/reset/", {"email": "amina@souk.example"}, **headers)
    [link] = [line for line in mail.outbox[-1].body.splitlines() if "/reset/key/" in line]
    page = browser.get(link, follow=True, **headers)
    browser.post(page.redirect_chain[-1][0], dict.fromkeys(("password1", "password2"), password), **headers)


def follow_reset_link_by_api(browser: Client, password: str, **headers: Any) -> None:
    browser.post(f"{V1}/auth/password/reset", {"email": "amina@souk.example"}, "application/json", **headers)
    [link] = [line for line in mail.outbox[-1].body.splitlines() if "/reset/key/" in line]
    uid, _dash, key = link.rstrip("/").rpartition("/")[2].partition("-")
    body = {"uid": uid, "key": key, "password": password}
    assert browser.post(f"{V1}/auth/password/reset/confirm", body, "application/json", **headers).status_code == 200


@pytest.mark.parametrize("follow", [follow_reset_link, follow_reset_link_by_api])
def test_who_has_the_mailbox_gets_no_new_guesses_at_the_second_step(
    amina: User, small_crowd: int, follow: Callable[..., None]
) -> None:
    TOTP.activate(amina, generate_totp_secret())
    browser = Client()
    for number in range(small_crowd):
        guess_codes(1, REMOTE_ADDR=f"192.0.2.{number}")
    follow(browser, NEW_PASSWORD, **OFFICE)
    body = {"login": "amina", "password": NEW_PASSWORD, "otp": "000000"}
    answer = browser.post(f"{V1}/auth/login", body, "application/json", **OFFICE)
    refused(answer, 429, "too_many_attempts")


def test_a_new_password_takes_nothing_from_a_device_that_is_known_by_a_log_in(amina: User, small_crowd: int) -> None:
    browser = known_browser()
    follow_reset_link(browser, NEW_PASSWORD)
    TOTP.activate(amina, generate_totp_secret())
    code, *_others = RecoveryCodes.activate(amina).get_unused_codes()
    for number in range(small_crowd):
        body = {"login": "amina", "password": NEW_PASSWORD, "otp": "000000"}
        APIClient().post(f"{V1}/auth/login", body, REMOTE_ADDR=f"192.0.2.{number}")
    body = {"login": "amina", "password": NEW_PASSWORD, "otp": code}
    assert browser.post(f"{V1}/auth/login", body, "application/json", **OFFICE).status_code == 200


# --- What a limit tells ---------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["amina", "amina@souk.example", "nobody", "nobody@souk.example"])
def test_a_limit_tells_when_to_come_back_and_not_who_has_an_account(amina: User, login: str) -> None:
    body = {"login": login, "password": "a guess"}
    for _guess in range(5):
        refused(APIClient().post(f"{V1}/auth/login", body), 401, "invalid_credentials")
    answer = APIClient().post(f"{V1}/auth/login", body)
    details = refused(answer, 429, "too_many_attempts")
    assert 290 <= details["retry_after"] <= 300
    assert answer["Retry-After"] == str(details["retry_after"])
    assert answer.json()["message"] == "Too many failed attempts. Please try again in 5 minutes."
    page = Client().post("/en/account/login/", {"login": login, "password": "a guess"})
    assert "Please try again in 5 minutes." in page.text
    admin = Client().post("/admin/login/", {"username": login, "password": "a guess"})
    assert "Please try again in 5 minutes." in admin.text
    for told in (page, admin):
        assert told.status_code == 429
        assert 290 <= int(told["Retry-After"]) <= 300


@pytest.mark.parametrize(("language", "words"), [("fr", "dans 5 minutes"), ("ar", "بعد 5 دقائق")])
def test_a_limit_is_told_in_the_readers_language(amina: User, language: str, words: str) -> None:
    for _guess in range(5):
        by_page("amina", "a guess")
    page = Client().post(f"/{language}/account/login/", {"login": "amina", "password": "a guess"})
    assert words in page.text


def test_right_passwords_do_not_count(amina: User) -> None:
    assert all(by_page("amina", PASSWORD) for _again in range(40))


# --- Codes, and being asked again -----------------------------------------------------------------


def guess_codes(times: int, **headers: Any) -> Any:
    body = {"login": "amina", "password": PASSWORD, "otp": "000000"}
    answer = None
    for _guess in range(times):
        answer = APIClient().post(f"{V1}/auth/login", body, **headers)
    return answer


def test_guesses_at_a_code_stop_the_guesser_and_not_the_owner(amina: User) -> None:
    TOTP.activate(amina, generate_totp_secret())
    details = refused(guess_codes(6, **HOME), 429, "too_many_attempts")
    assert details["retry_after"] > 200
    refused(guess_codes(1, **OFFICE), 401, "mfa_invalid")


def test_a_crowd_that_guesses_codes_is_stopped_sooner_than_one_that_guesses_passwords(
    amina: User, small_crowd: int
) -> None:
    TOTP.activate(amina, generate_totp_secret())
    for number in range(small_crowd):
        guess_codes(1, REMOTE_ADDR=f"192.0.2.{number}")
    refused(guess_codes(1, **OFFICE), 429, "too_many_attempts")


def test_codes_on_pages_count_with_those_of_the_api(amina: User) -> None:
    TOTP.activate(amina, generate_totp_secret())
    guess_codes(5, **HOME)
    browser = Client()
    browser.post("/en/account/login/", {"login": "amina", "password": PASSWORD}, **HOME)
    page = browser.post("/en/account/two-step/authenticate/", {"code": "000000"}, **HOME)
    assert "Please try again in 5 minutes." in page.text
    assert page.status_code == 429
    assert page["Retry-After"]


@pytest.mark.parametrize("page", ["reauthenticate", "password/change"])
def test_pages_that_ask_for_the_password_again_count_and_tell_the_limit(amina: User, page: str) -> None:
    thief = Client()
    thief.force_login(amina)
    form = {"password": "a guess", "oldpassword": "a guess", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answers = [thief.post(f"/en/account/{page}/", form) for _guess in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"]
    refused(APIClient().post(f"{V1}/auth/login", {"login": "amina", "password": PASSWORD}), 429, "too_many_attempts")


def test_who_is_logged_in_is_asked_again_whatever_a_crowd_does(amina: User, small_crowd: int) -> None:
    client = APIClient()
    client.force_authenticate(amina)
    crowd(small_crowd)
    given(client.post(f"{V1}/auth/password/change", {"old_password": PASSWORD, "new_password": NEW_PASSWORD}, **OFFICE))


def test_a_thief_of_a_session_may_not_guess_without_end(amina: User) -> None:
    client = APIClient()
    client.force_authenticate(amina)
    answers = [client.post(f"{V1}/users/me/erase", {"password": "a guess"}) for _guess in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1]["Retry-After"]


def test_a_thief_of_a_session_may_not_guess_without_end_from_many_networks_either(
    amina: User, small_crowd: int
) -> None:
    thief = APIClient()
    thief.force_authenticate(amina)
    for number in range(small_crowd):
        thief.post(f"{V1}/users/me/erase", {"password": "a guess"}, REMOTE_ADDR=f"192.0.2.{number}")
    refused(thief.post(f"{V1}/users/me/erase", {"password": "a guess"}, **OFFICE), 429, "too_many_attempts")
    assert by_page("amina", PASSWORD, **OFFICE)
