"""The secrets of the two-step log-in are stored encrypted, under keys that can be changed."""

from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.encryption import SecondFactorUnreadable, decrypt, encrypt
from accounts.models import User
from tests.accounts.test_second_factor import PASSWORD, PERIOD, code_now, with_app
from tests.accounts.test_second_factor import SECRET as APP_SECRET
from tests.api import V1, given, refused
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

OLD, NEW, WRONG = "the-former-key-" * 3, "a-key-put-in-front-" * 2, "a-key-of-another-shop-" * 2


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.MFA_TOTP_PERIOD = PERIOD
    settings.MFA_ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(username="amina", email="amina@souk.example")
    return user


def dump() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row::text, '') FROM mfa_authenticator AS row")
        return str(cursor.fetchone()[0])


def log_in(otp: str) -> object:
    return APIClient().post(f"{V1}/auth/login", {"login": "amina", "password": PASSWORD, "otp": otp})


def rotate(**options: bool) -> str:
    out = StringIO()
    call_command("rotate_second_factor_keys", stdout=out, **options)
    return out.getvalue().strip()


def test_a_dump_of_the_table_shows_no_secret(amina: User) -> None:
    with_app(amina)
    seed = decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])
    assert APP_SECRET not in dump()
    assert seed not in dump()


def test_codes_of_app_and_paper_open_the_account(amina: User) -> None:
    codes = with_app(amina)
    given(log_in(code_now()))
    given(log_in(codes[0]))
    refused(log_in(codes[0]), 401, "mfa_invalid")


def test_what_was_stored_in_the_clear_still_works_until_it_is_encrypted(amina: User) -> None:
    Authenticator.objects.create(user=amina, type=Authenticator.Type.TOTP, data={"secret": APP_SECRET})
    given(log_in(code_now()))


def test_the_migration_encrypts_what_there_is_and_can_be_undone(amina: User) -> None:
    clear = {"secret": generate_totp_secret()}
    row = Authenticator.objects.create(user=amina, type=Authenticator.Type.TOTP, data=clear)
    migration = import_module("accounts.migrations.0007_encrypt_second_factors")
    migration.encrypt(apps, None)
    row.refresh_from_db()
    assert clear["secret"] not in dump()
    assert decrypt(row.data["secret"]) == clear["secret"]
    migration.decrypt(apps, None)
    row.refresh_from_db()
    assert row.data == clear


def test_keys_change_without_anybody_setting_up_their_app_again(amina: User, settings: Settings) -> None:
    codes = with_app(amina)
    settings.MFA_ENCRYPTION_KEYS = [NEW, OLD]
    given(log_in(codes[0]))
    assert rotate() == "2 authenticators encrypted with the first key."
    settings.MFA_ENCRYPTION_KEYS = [NEW]
    given(log_in(codes[1]))
    given(log_in(code_now()))
    refused(log_in(codes[0]), 401, "mfa_invalid")


def test_looking_whether_all_can_be_read_writes_nothing(amina: User) -> None:
    with_app(amina)
    before = dump()
    assert rotate(dry_run=True) == "2 authenticators can be read."
    assert dump() == before


def test_secrets_that_no_key_opens_are_named_and_left_alone(amina: User, settings: Settings) -> None:
    with_app(amina)
    settings.MFA_ENCRYPTION_KEYS = [WRONG]
    ours = UserFactory()
    RecoveryCodes.activate(ours)
    before = dump()
    with pytest.raises(CommandError, match="2 authenticators are opened by none of MFA_ENCRYPTION_KEYS"):
        rotate(dry_run=True)
    assert dump() == before


def test_the_api_says_that_the_second_step_is_out_of_order(amina: User, settings: Settings) -> None:
    with_app(amina)
    settings.MFA_ENCRYPTION_KEYS = [WRONG]
    refused(log_in(code_now()), 503, "second_factor_unreadable")


def test_the_page_says_so_too_and_lets_nobody_in(client: Client, amina: User, settings: Settings) -> None:
    with_app(amina)
    client.post("/en/account/login/", {"login": "amina", "password": PASSWORD})
    settings.MFA_ENCRYPTION_KEYS = [WRONG]
    page = "/en/account/two-step/authenticate/"
    answer = client.post(page, {"code": code_now()}, headers={"referer": f"http://testserver{page}"}, follow=True)
    assert answer.status_code == 200
    assert "The two-step log-in cannot be checked at the moment." in answer.text
    assert "_auth_user_id" not in client.session


def test_what_was_changed_in_the_table_is_no_secret_any_more() -> None:
    stored = encrypt("JBSWY3DPEHPK3PXP")
    with pytest.raises(SecondFactorUnreadable):
        decrypt(stored[:-4] + "AAA=")


def test_the_same_secret_is_stored_differently_each_time() -> None:
    assert encrypt("JBSWY3DPEHPK3PXP") != encrypt("JBSWY3DPEHPK3PXP")


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, ""]])
def test_keys_that_protect_nothing_are_refused_by_a_check(settings: Settings, keys: list[str]) -> None:
    settings.MFA_ENCRYPTION_KEYS = keys
    assert "souk.E050" in {problem.id for problem in run_checks()}


def test_a_secret_that_is_used_is_the_one_that_was_set_up(amina: User) -> None:
    TOTP.activate(amina, APP_SECRET)
    assert decrypt(Authenticator.objects.get().data["secret"]) == APP_SECRET
