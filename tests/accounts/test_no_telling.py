"""Neither the answer of a log-in or a reset nor the work behind it tells whether somebody has an account."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.api import refused
from tests.factories.accounts import CustomerWithoutLogin, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed, to store it or to compare it."""

    algorithm = "counting"
    runs = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.runs += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _count(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    StaffFactory(email="amina@souk.example", username="amina")
    UserFactory(email="closed@souk.example", is_active=False)
    CustomerWithoutLogin(email="mailed@souk.example")


def by_page(login: str) -> None:
    Client().post("/en/account/login/", {"login": login, "password": "a guess"})


def by_api(login: str) -> None:
    APIClient().post(f"{V1}/auth/login", {"login": login, "password": "a guess"})


def by_admin(login: str) -> None:
    Client().post("/admin/login/", {"username": login, "password": "a guess"})


def runs_of(door: Callable[[str], None], login: str) -> int:
    before = CountingHasher.runs
    door(login)
    return CountingHasher.runs - before


@pytest.mark.parametrize("door", [by_page, by_api, by_admin])
@pytest.mark.parametrize(
    "login",
    ["amina", "amina@souk.example", "closed@souk.example", "mailed@souk.example", "nobody", "nobody@souk.example"],
)
def test_every_attempt_to_log_in_hashes_one_password(door: Callable[[str], None], login: str) -> None:
    assert runs_of(door, login) == 1


def reset_by_page(email: str) -> None:
    Client().post("/en/account/password/reset/", {"email": email})


def reset_by_api(email: str) -> None:
    APIClient().post(f"{V1}/auth/password/reset", {"email": email})


@pytest.mark.parametrize("door", [reset_by_page, reset_by_api])
@pytest.mark.parametrize("email", ["amina@souk.example", "nobody@souk.example"])
def test_asking_for_a_new_password_hashes_none(door: Callable[[str], None], email: str) -> None:
    assert runs_of(door, email) == 0


@pytest.mark.parametrize("login", ["amina", "closed@souk.example", "nobody"])
def test_the_api_answers_a_wrong_password_and_an_unknown_name_alike(login: str) -> None:
    answer = APIClient().post(f"{V1}/auth/login", {"login": login, "password": "a guess"})
    assert refused(answer, 401, "invalid_credentials") == {}
