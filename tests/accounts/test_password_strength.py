"""A password that others would guess is refused at every entrance, and said so in the reader's language."""

import re
from contextlib import nullcontext
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.password_strength import GuessablePasswordValidator
from tests.api import V1, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

OLD = "a-good-password-1"
GUESSABLE = [
    "Summer2026",
    "summer2026summer",
    "Été-2026-été",
    "Printemps2026",
    "رمضان2026رمضان",
    "Monday2026!",
    "Souk-2026!!",
    "azertyuiop",
    "1qaz2wsx3edc",
    "!QAZ2wsx#EDC",
    "ضصثقفغعهخح",
    "Passw0rd!2026",
    "amina-1990-haddad",
    "كلمة-السر-2026",
]
FINE = ["nine tall fig trees", "olives-and-thyme-7", "k7Gp2xQ9vL", "شجرة تين عالية جدا", "été à la mer 7"]


def sign_up_page(password: str) -> bool:
    typed = {"email": "new@souk.example", "username": "newcomer", "password1": password, "password2": password}
    return Client().post("/en/account/signup/", typed).status_code == 302


def sign_up_api(password: str) -> bool:
    body = {"email": "new@souk.example", "username": "newcomer", "password": password}
    return APIClient().post(f"{V1}/auth/register", body).status_code == 202


def change_page(password: str) -> bool:
    user, client = UserFactory(), Client()
    client.force_login(user)
    typed = {"oldpassword": OLD, "password1": password, "password2": password}
    return client.post("/en/account/password/change/", typed).status_code == 302


def change_api(password: str) -> bool:
    client = APIClient()
    client.force_authenticate(UserFactory())
    body = {"old_password": OLD, "new_password": password}
    return client.post(f"{V1}/auth/password/change", body).status_code == 200


def first_page(password: str) -> bool:
    user, client = UserFactory(password=None), Client()
    client.force_login(user)
    return client.post("/en/account/password/set/", {"password1": password, "password2": password}).status_code == 302


def reset_page(password: str) -> bool:
    client = Client()
    UserFactory(email="amina@souk.example")
    client.post("/en/account/password/reset/", {"email": "amina@souk.example"})
    [link] = [line for line in mail.outbox[0].body.splitlines() if "/reset/key/" in line]
    page = client.get(link, follow=True).redirect_chain[-1][0]
    return client.post(page, {"password1": password, "password2": password}).status_code == 302


def reset_api(password: str) -> bool:
    client = APIClient()
    UserFactory(email="amina@souk.example")
    client.post(f"{V1}/auth/password/reset", {"email": "amina@souk.example"})
    link = re.search(r"/key/([^-/]+)-([^/\s]+)/", mail.outbox[0].body)
    assert link is not None
    body = {"uid": link[1], "key": link[2], "password": password}
    return client.post(f"{V1}/auth/password/reset/confirm", body).status_code == 200


def admin_page(password: str) -> bool:
    person = StaffFactory()
    typed = {"password1": password, "password2": password, "usable_password": "true"}
    return staff_client().post(f"/admin/accounts/user/{person.pk}/password/", typed).status_code == 302


ENTRANCES = [
    sign_up_page,
    sign_up_api,
    change_page,
    change_api,
    first_page,
    reset_page,
    reset_api,
    admin_page,
]


@pytest.mark.parametrize("enter", ENTRANCES)
@pytest.mark.parametrize(("password", "accepted"), [("Summer2026", False), ("k7Gp2xQ9v", False), ("k7Gp2xQ9vL", True)])
def test_every_entrance_asks_the_same(enter: Any, password: str, accepted: bool) -> None:
    assert enter(password) is accepted


@pytest.mark.parametrize(("password", "accepted"), [("Summer2026", False), ("k7Gp2xQ9vL", True)])
def test_the_command_that_makes_a_superuser_asks_it_too(
    monkeypatch: pytest.MonkeyPatch, password: str, accepted: bool
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    with nullcontext() if accepted else pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        call_command("createsuperuser", "--no-input", username="boss", email="boss@souk.example", stdout=StringIO())
    assert User.objects.filter(username="boss").exists() is accepted


@pytest.mark.parametrize("password", GUESSABLE)
def test_what_others_would_guess_is_refused(api: APIClient, password: str) -> None:
    body = {"email": "amina.haddad@souk.example", "username": "amina", "first_name": "Amina", "last_name": "Haddad"}
    refused(api.post(f"{V1}/auth/register", body | {"password": password}), 422, "weak_password")


@pytest.mark.parametrize("password", FINE)
def test_words_that_do_not_belong_together_and_chance_are_fine(password: str) -> None:
    GuessablePasswordValidator().validate(password, UserFactory())


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Others would guess this password."), ("fr", "facile à deviner"), ("ar", "يسهل على غيرك تخمين")],
)
def test_the_reason_is_told_in_the_readers_language(language: str, words: str) -> None:
    typed = {"email": "n@souk.example", "username": "newcomer", "password1": "Summer2026", "password2": "Summer2026"}
    assert words in Client().post(f"/{language}/account/signup/", typed).text
