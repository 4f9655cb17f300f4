"""What the account's mails say, and in whose language."""

import pytest
from allauth.core.context import request_context
from django.core import mail
from django.test import Client

from accounts.adapter import AccountAdapter
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
    UserFactory(email="amina@souk.example", first_name="Amina & Söhne's")
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
        "email_confirmation",
        "email_confirmation_signup",
        "email_deleted",
        "password_changed",
        "password_reset",
        "password_reset_key",
        "password_set",
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
