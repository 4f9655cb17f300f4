"""What the account's mails say, and in whose language."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.adapter import AccountAdapter
from tests.api import V1
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def ask_for_link(client: Client, email: str, language: str) -> str:
    client.post(f"/{language}/account/password/reset/", {"email": email})
    (message,) = mail.outbox
    assert isinstance(message.body, str)
    return message.body


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_mail_is_in_its_readers_language_whatever_page_asked_for_it(client: Client, language: str) -> None:
    UserFactory(email="amina@souk.example", preferred_language=language)
    body = ask_for_link(client, "amina@souk.example", "fr" if language == "en" else "en")
    assert f"http://testserver/{language}/account/password/reset/key/" in body
    assert body.rstrip().endswith(f"http://testserver/{language}/")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_stranger_is_written_to_in_the_language_of_the_page(client: Client, language: str) -> None:
    body = ask_for_link(client, "nobody@souk.example", language)
    assert f"http://testserver/{language}/account/signup/" in body


def test_names_are_written_as_they_are_and_not_for_a_browser(client: Client) -> None:
    user = UserFactory(email="amina@souk.example", first_name="Amina & Söhne's")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert "Hello Amina & Söhne's," in ask_for_link(client, "amina@souk.example", "en")


def test_mails_are_plain_text(client: Client) -> None:
    UserFactory(email="amina@souk.example")
    body = ask_for_link(client, "amina@souk.example", "en")
    assert "<" not in body
    assert mail.outbox[0].subject == "Souk: Set a new password"


def test_somebody_without_an_address_gets_no_notification(client: Client) -> None:
    user = UserFactory(email=None)
    client.force_login(user)
    data = {"oldpassword": "a-good-password-1", "password1": "nine tall fig trees", "password2": "nine tall fig trees"}
    client.post("/en/account/password/change/", data)
    user.refresh_from_db()
    assert user.check_password("nine tall fig trees")
    assert mail.outbox == []


@pytest.mark.parametrize(
    "template",
    [
        "account_already_exists",
        "email_changed",
        "email_changed_by_staff",
        "email_confirmation",
        "email_confirmation_signup",
        "email_deleted",
        "password_changed",
        "password_reset",
        "password_reset_by_staff",
        "password_reset_key",
        "password_set",
        "password_set_by_staff",
        "proof_code",
        "unknown_account",
    ],
)
def test_every_mail_of_an_account_is_written_in_the_shops_words(client: Client, template: str) -> None:
    request = client.get("/en/account/login/").wsgi_request
    with request_context(request):
        AccountAdapter(request).send_mail(f"account/email/{template}", "amina@souk.example", {})
    (message,) = mail.outbox
    assert message.subject.startswith("Souk: ")
    assert "Thank you for using" not in message.body
    assert message.body.rstrip().endswith("http://testserver/en/")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_the_link_comes_as_html_too_in_the_direction_of_its_language(
    client: Client, language: str, direction: str
) -> None:
    UserFactory(email="amina@souk.example", preferred_language=language, first_name="<b>")
    text = ask_for_link(client, "amina@souk.example", "en")
    [(html, kind)] = mail.outbox[0].alternatives
    [link] = [line for line in text.splitlines() if "/reset/key/" in line]
    assert kind == "text/html"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert f'href="{link}"' in html
    assert "<b>" not in html


# --- The host of links -----------------------------------------------------------------------------

_PASSWORD = "nine tall fig trees"


def hosts_in(message: Any) -> set[str]:
    """The hosts of all addresses in a mail's text and HTML."""
    parts = [str(message.body), *(str(html) for html, _kind in message.alternatives)]
    return {urlsplit(found).netloc for part in parts for found in re.findall(r"https?://[^\s\"<>]+", part)}


def ask_for_new_password(client: Client) -> None:
    client.post("/en/account/password/reset/", {"email": "amina@souk.example"})


def ask_for_a_strangers_password(client: Client) -> None:
    client.post("/en/account/password/reset/", {"email": "nobody@souk.example"})


def sign_up(client: Client, email: str = "new@souk.example") -> None:
    form = {"email": email, "username": "newcomer", "password1": _PASSWORD, "password2": _PASSWORD}
    client.post("/en/account/signup/", form)


def sign_up_again(client: Client) -> None:
    sign_up(client, "amina@souk.example")


def register(client: Client) -> None:
    person = {"email": "new@souk.example", "username": "newcomer", "password": _PASSWORD}
    client.post(f"{V1}/auth/register", person, "application/json")


def log_in(client: Client) -> None:
    client.post("/en/account/login/", {"login": "amina@souk.example", "password": "a-good-password-1"})


def take_another_address(client: Client) -> None:
    log_in(client)
    page = "/en/account/email/"
    client.get(page)
    asked = client.post(page, {"email": "amina@new.example", "action_add": ""})
    client.post(asked["Location"], {"password": "a-good-password-1", "next": page}, follow=True)


def change_password(client: Client) -> None:
    log_in(client)
    passwords = {"oldpassword": "a-good-password-1", "password1": _PASSWORD, "password2": _PASSWORD}
    client.post("/en/account/password/change/", passwords)


@pytest.mark.parametrize(
    "ask",
    [
        ask_for_new_password,
        ask_for_a_strangers_password,
        sign_up,
        sign_up_again,
        register,
        take_another_address,
        change_password,
    ],
)
def test_links_lead_to_the_shop_whatever_host_the_request_was_for(
    ask: Callable[[Client], None], settings: Settings
) -> None:
    settings.SHOP_URL, settings.ALLOWED_HOSTS = "https://shop.example", ["*"]
    UserFactory(email="amina@souk.example")
    ask(Client(headers={"host": "evil.example"}))
    assert mail.outbox
    assert {host for message in mail.outbox for host in hosts_in(message)} == {"shop.example"}


def test_every_mail_of_the_second_step_leads_to_the_shop_too(client: Client, settings: Settings) -> None:
    settings.SHOP_URL = "https://shop.example"
    request = client.get("/en/account/login/").wsgi_request
    with request_context(request):
        for name in ("recovery_codes_generated", "second_factor_reset", "totp_activated", "totp_deactivated"):
            AccountAdapter(request).send_mail(f"mfa/email/{name}", "amina@souk.example", {})
    assert [hosts_in(message) for message in mail.outbox] == [{"shop.example"}] * 4
