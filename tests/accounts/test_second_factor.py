"""The two-step log-in: set up on the pages, asked for at every door, and required of staff by a setting."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.api import V1, client_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
SECRET = generate_totp_secret()
AREA = "/en/account/two-step/"
PERIOD = 60 * 60 * 24 * 365


@pytest.fixture(autouse=True)
def _unhurried(settings: Settings) -> None:
    """Codes last a year, so that none ends while a test runs."""
    settings.MFA_TOTP_PERIOD = PERIOD


def code_now(secret: str = SECRET, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + steps))


def wrong_code() -> str:
    """A code that is right neither now nor in a moment."""
    right = {code_now(steps=steps) for steps in (-1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in right)


def with_app(user: User) -> list[str]:
    """Set the two-step log-in up for somebody; gives the recovery codes."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).get_unused_codes()


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(username="amina", email="amina@souk.example")
    return user


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- The doors: each takes a log-in name, a password and a code, and tells what became of it ------


def by_page(client: Client, user: User, code: str) -> str:
    first = client.post("/en/account/login/", {"login": user.username, "password": PASSWORD})
    assert first["Location"] == f"{AREA}authenticate/"
    assert not is_logged_in(client)
    response = client.post(f"{AREA}authenticate/", {"code": code})
    return "in" if is_logged_in(client) else response.text


def by_admin(client: Client, user: User, code: str) -> str:
    response = client.post("/admin/login/", {"username": user.username, "password": PASSWORD, "otp": code})
    return "in" if is_logged_in(client) else response.text


def by_api(client: Client, user: User, code: str) -> str:
    body = {"login": user.username, "password": PASSWORD, "otp": code}
    response = client.post(f"{V1}/auth/login", body, content_type="application/json")
    return "in" if response.status_code == 200 else response.json()["message"]


DOORS = {"page": by_page, "admin": by_admin, "api": by_api}
Door = Callable[[Client, User, str], str]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def karim() -> User:
    """A member of staff, who may come in by every door, with the two-step log-in."""
    user: User = StaffFactory(username="karim")
    with_app(user)
    return user


def test_the_right_code_opens_every_door(door: Door, karim: User) -> None:
    assert door(Client(), karim, code_now()) == "in"


def test_a_wrong_code_opens_none(door: Door, karim: User) -> None:
    assert "This code is wrong or was used already." in door(Client(), karim, wrong_code())


@pytest.mark.parametrize("again", DOORS)
def test_a_code_works_once_at_whatever_door(door: Door, again: str, karim: User) -> None:
    code = code_now()
    assert door(Client(), karim, code) == "in"
    assert "This code is wrong or was used already." in DOORS[again](Client(), karim, code)


@pytest.mark.parametrize("again", DOORS)
def test_a_recovery_code_works_once_at_whatever_door(door: Door, again: str, karim: User) -> None:
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert door(Client(), karim, code) == "in"
    assert "This code is wrong or was used already." in DOORS[again](Client(), karim, code)


@pytest.mark.parametrize("locked", DOORS)
def test_five_wrong_codes_lock_every_door_even_for_the_right_one(door: Door, locked: str, karim: User) -> None:
    for _attempt in range(5):
        door(Client(), karim, wrong_code())
    assert "Too many failed attempts." in DOORS[locked](Client(), karim, code_now())


def test_another_secrets_code_opens_nothing(door: Door, karim: User) -> None:
    assert door(Client(), karim, code_now(generate_totp_secret(), steps=5)) != "in"


# --- Pages ----------------------------------------------------------------------------------------


def test_an_account_closed_between_the_steps_stays_closed(client: Client, amina: User) -> None:
    with_app(amina)
    client.post("/en/account/login/", {"login": "amina", "password": PASSWORD})
    User.objects.update(is_active=False)
    client.post(f"{AREA}authenticate/", {"code": code_now()})
    assert not is_logged_in(client)


def test_the_second_step_alone_leads_back_to_the_first(client: Client, amina: User) -> None:
    with_app(amina)
    assert client.post(f"{AREA}authenticate/", {"code": code_now()})["Location"] == "/en/account/login/"


def test_next_is_kept_over_the_second_step(client: Client, amina: User) -> None:
    with_app(amina)
    client.post("/en/account/login/", {"login": "amina", "password": PASSWORD, "next": "/en/cart/"})
    assert client.post(f"{AREA}authenticate/", {"code": code_now()})["Location"] == "/en/cart/"


def confirmed(client: Client, path: str) -> HttpResponse:
    """The page, after the password was asked for once more."""
    asked = client.get(path)
    assert asked["Location"].startswith("/en/account/reauthenticate/")
    return client.post(asked["Location"], {"password": PASSWORD, "next": path}, follow=True)


def set_up(client: Client) -> tuple[HttpResponse, str, str]:
    """Set the app up as its owner does; the page that follows, the secret and the code."""
    page = confirmed(client, f"{AREA}totp/activate/")
    found = re.search(r'<code class="secret" dir="ltr">(\w+)</code>', page.text)
    assert found, page.text
    code = code_now(found[1])
    return client.post(f"{AREA}totp/activate/", {"code": code}, follow=True), found[1], code


@pytest.mark.django_db(transaction=True)
def test_setting_the_app_up_leads_to_recovery_codes_and_tells_the_owner(client: Client, amina: User) -> None:
    client.force_login(amina)
    page, _secret, _code = set_up(client)
    assert page.redirect_chain[-1][0] == f"{AREA}recovery-codes/"
    assert len(re.findall(r'<code dir="ltr">\d{8}</code>', page.text)) == 10
    assert [message.subject for message in mail.outbox] == ["Souk: The two-step log-in is on"]


@pytest.mark.parametrize("verified", [True, False])
def test_the_page_asks_to_confirm_an_address_only_where_that_is_missing(
    client: Client, amina: User, verified: bool
) -> None:
    EmailAddress.objects.update_or_create(user=amina, email=amina.email, defaults={"verified": verified})
    client.force_login(amina)
    assert ("Confirm your e-mail address" in client.get(AREA).text) is not verified


def test_the_page_to_scan_has_its_picture_in_itself_and_nothing_inline(client: Client, amina: User) -> None:
    client.force_login(amina)
    page = confirmed(client, f"{AREA}totp/activate/")
    assert 'src="data:image/svg+xml;base64,' in page.text
    assert "data:" in page["Content-Security-Policy"]
    assert " style=" not in page.text
    assert "<script>" not in page.text


def test_the_code_that_set_the_app_up_does_not_log_in(client: Client, amina: User) -> None:
    client.force_login(amina)
    code = set_up(client)[2]
    assert by_page(Client(), amina, code) != "in"


def test_a_wrong_first_code_sets_nothing_up(client: Client, amina: User) -> None:
    client.force_login(amina)
    confirmed(client, f"{AREA}totp/activate/")
    assert "This code is wrong" in client.post(f"{AREA}totp/activate/", {"code": "12"}).text
    assert not Authenticator.objects.exists()


def test_an_unconfirmed_address_is_to_be_confirmed_first(client: Client, amina: User) -> None:
    EmailAddress.objects.create(user=amina, email=amina.email, primary=True, verified=False)
    client.force_login(amina)
    page = client.get(f"{AREA}totp/activate/", follow=True)
    assert page.redirect_chain == [(AREA, 302)]
    assert "Please confirm your e-mail address first." in page.text


def test_switching_off_takes_the_password_and_ends_the_recovery_codes(client: Client, amina: User) -> None:
    with_app(amina)
    client.force_login(amina)
    confirmed(client, f"{AREA}totp/deactivate/")
    client.post(f"{AREA}totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_new_recovery_codes_end_the_old_ones(client: Client, amina: User) -> None:
    old = with_app(amina)
    client.force_login(amina)
    confirmed(client, f"{AREA}recovery-codes/generate/")
    client.post(f"{AREA}recovery-codes/generate/")
    assert by_page(Client(), amina, old[0]) != "in"


def test_recovery_codes_are_downloaded_by_who_knows_the_password(client: Client, amina: User) -> None:
    codes = with_app(amina)
    client.force_login(amina)
    assert client.get(f"{AREA}recovery-codes/download/")["Location"].startswith("/en/account/reauthenticate/")
    confirmed(client, f"{AREA}recovery-codes/")
    file = client.get(f"{AREA}recovery-codes/download/")
    assert file["Content-Disposition"].startswith("attachment")
    assert file.text.split() == codes


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("page", ["", "totp/activate/", "recovery-codes/", "recovery-codes/generate/"])
def test_strangers_are_led_to_the_log_in(client: Client, language: str, page: str) -> None:
    answer = client.get(f"/{language}/account/two-step/{page}")
    # Recovery codes that are not there are not found.
    assert answer.status_code in {302, 404}


def test_the_page_takes_few_queries(client: Client, amina: User) -> None:
    with_app(amina)
    client.force_login(amina)
    client.get(AREA)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(AREA).status_code == 200
    assert len(queries) <= 8


# --- API ------------------------------------------------------------------------------------------


def test_the_api_asks_for_the_code_only_of_who_knows_the_password(api: APIClient, amina: User) -> None:
    with_app(amina)
    right, wrong = {"login": "amina", "password": PASSWORD}, {"login": "amina", "password": "a guess"}
    assert refused(api.post(f"{V1}/auth/login", right), 401, "mfa_required")["fields"].keys() == {"otp"}
    refused(api.post(f"{V1}/auth/login", wrong), 401, "invalid_credentials")
    refused(api.post(f"{V1}/auth/login", right | {"otp": wrong_code()}), 401, "mfa_invalid")
    given(api.post(f"{V1}/auth/login", right | {"otp": code_now()}))


def test_being_asked_for_the_code_is_no_failed_attempt(api: APIClient, amina: User) -> None:
    with_app(amina)
    body = {"login": "amina", "password": PASSWORD}
    for _attempt in range(6):
        refused(api.post(f"{V1}/auth/login", body), 401, "mfa_required")
    given(api.post(f"{V1}/auth/login", body | {"otp": code_now()}))


def test_a_code_that_nobody_asked_for_is_ignored(api: APIClient, amina: User) -> None:
    given(api.post(f"{V1}/auth/login", {"login": "amina", "password": PASSWORD, "otp": "123456"}))


# --- Staff ----------------------------------------------------------------------------------------


@pytest.fixture
def required(settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("page", ["/admin/", "/admin/accounts/user/", "/admin/nowhere/"])
def test_staff_without_the_second_step_are_led_to_set_it_up(client: Client, page: str) -> None:
    client.force_login(StaffFactory())
    answer = client.get(page, follow=True)
    assert answer.redirect_chain == [(AREA, 302)]
    assert "Please set up the two-step log-in first" in answer.text


@pytest.mark.usefixtures("required")
def test_the_admin_opens_as_soon_as_staff_have_set_it_up(client: Client) -> None:
    client.force_login(StaffFactory())
    set_up(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("required")
def test_staff_without_the_second_step_can_log_out_of_the_admin(client: Client) -> None:
    client.force_login(StaffFactory())
    client.post("/admin/logout/")
    assert not is_logged_in(client)


@pytest.mark.usefixtures("required")
def test_staff_without_the_second_step_are_shoppers_to_the_api(karim: User) -> None:
    refused(client_of(StaffFactory()).get(f"{V1}/stock-items"), 403, "not_allowed")
    given(client_of(karim).get(f"{V1}/stock-items"))


@pytest.mark.usefixtures("required")
def test_staff_cannot_switch_it_off(client: Client, karim: User) -> None:
    client.force_login(karim)
    confirmed(client, f"{AREA}totp/deactivate/")
    assert "Staff cannot log in without the second step." in client.post(f"{AREA}totp/deactivate/").text
    assert Authenticator.objects.filter(user=karim, type="totp").exists()


@pytest.mark.usefixtures("required")
def test_shoppers_need_no_second_step(api: APIClient, amina: User) -> None:
    given(api.post(f"{V1}/auth/login", {"login": "amina", "password": PASSWORD}))


def test_where_it_is_not_required_staff_come_in_without(client: Client) -> None:
    client.force_login(StaffFactory())
    assert client.get("/admin/").status_code == 200


def test_the_admin_shows_no_secrets_of_apps(client: Client) -> None:
    client.force_login(StaffFactory())
    assert client.get("/admin/mfa/authenticator/").status_code == 404
