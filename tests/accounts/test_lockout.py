"""Guessing is slowed down at every door, by the address that a proxy vouches for and by the account it aims at."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import LoginSession, User
from core.web.callers import client_address, client_network
from tests.factories.accounts import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
V1 = "/api/v1"
PROXY = "10.0.0.1"


def by_page(login: str, password: str, **headers: str) -> bool:
    client = Client()
    client.post("/en/account/login/", {"login": login, "password": password}, **headers)
    return "_auth_user_id" in client.session


def by_api(login: str, password: str, **headers: str) -> bool:
    return APIClient().post(f"{V1}/auth/login", {"login": login, "password": password}, **headers).status_code == 200


def by_admin(login: str, password: str, **headers: str) -> bool:
    client = Client()
    client.post("/admin/login/", {"username": login, "password": password}, **headers)
    return "_auth_user_id" in client.session


Door = Callable[..., bool]
every_door = pytest.mark.parametrize("door", [by_page, by_api, by_admin])


@pytest.fixture
def amina() -> User:
    user: User = StaffFactory(email="amina@souk.example", username="amina")
    return user


def request_from(peer: str, forwarded: str | None = None) -> HttpRequest:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=peer, **headers)


# --- Whose address it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, PROXY),
        (0, "203.0.113.9", PROXY),
        (1, None, PROXY),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "6.6.6.6", PROXY),
        (1, "unknown", PROXY),
        (1, "6.6.6.6, <script>", PROXY),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::9]:4711", "2001:db8::9"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "", PROXY),
    ],
)
def test_only_what_trusted_proxies_added_is_believed(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    assert client_address(request_from(PROXY, forwarded)) == expected


def test_a_socket_without_an_address_has_none() -> None:
    assert client_address(request_from("")) is None
    assert client_network(request_from("")) == ""


def test_limits_count_a_whole_network_of_ipv6_addresses_as_one() -> None:
    assert client_network(request_from("2001:db8::9")) == client_network(request_from("2001:db8::aaaa:1"))
    assert client_network(request_from("2001:db8::9")) != client_network(request_from("2001:db8:0:1::9"))
    assert client_network(request_from("192.0.2.1")) == "192.0.2.1"


# --- An account under attack ----------------------------------------------------------------------


@every_door
def test_a_locked_account_leaves_the_others_open(amina: User, door: Door) -> None:
    StaffFactory(username="bilal")
    for _guess in range(5):
        door("amina", "a guess", REMOTE_ADDR="192.0.2.1")
    assert door("bilal", PASSWORD, REMOTE_ADDR="192.0.2.1")


def test_guesses_at_one_door_close_the_others(amina: User) -> None:
    for door in (by_page, by_api, by_admin, by_page, by_api):
        door("amina", "a guess")
    assert not any(door("amina", PASSWORD) for door in (by_page, by_api, by_admin))


@every_door
def test_both_names_of_an_account_share_one_count(amina: User, door: Door) -> None:
    for login in ("amina", "amina@souk.example", "AMINA", "Amina@Souk.example", "amina"):
        door(login, "a guess")
    assert not door("amina@souk.example", PASSWORD)


@every_door
def test_another_name_of_the_host_does_not_evade_the_lock(amina: User, door: Door) -> None:
    for port in range(5):
        door("amina", "a guess", HTTP_HOST=f"localhost:{8000 + port}")
    assert not door("amina", PASSWORD, HTTP_HOST="localhost:9000")


@every_door
def test_a_name_that_nobody_has_is_locked_like_any_other(door: Door) -> None:
    for _guess in range(5):
        door("newcomer", "a guess")
    assert "Too many" in APIClient().post(f"{V1}/auth/login", {"login": "newcomer", "password": "a guess"}).text


def test_guesses_of_the_current_password_count_like_those_of_a_log_in(amina: User) -> None:
    client = APIClient()
    client.force_authenticate(amina)
    for _ in range(5):
        client.post(f"{V1}/auth/password/change", {"old_password": "a guess", "new_password": "nine tall fig trees"})
    answer = client.post(f"{V1}/users/me/export", {"password": PASSWORD})
    assert answer.status_code == 429
    assert not by_page("amina", PASSWORD)


# --- An address that attacks ----------------------------------------------------------------------


def guess_everybody(door: Door, times: int, **headers: str) -> None:
    for number in range(times):
        door(f"somebody-{number}", "a guess", **headers)


@every_door
def test_an_address_that_guesses_at_many_accounts_is_locked_out(amina: User, door: Door) -> None:
    guess_everybody(door, 20, REMOTE_ADDR="192.0.2.1")
    assert not door("amina", PASSWORD, REMOTE_ADDR="192.0.2.1")
    assert door("amina", PASSWORD, REMOTE_ADDR="192.0.2.2")


@every_door
@pytest.mark.parametrize("proxies", [0, 1])
def test_a_made_up_header_evades_nothing(settings: Settings, amina: User, door: Door, proxies: int) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    vouched = ", 203.0.113.9" if proxies else ""
    for number in range(20):
        door(f"somebody-{number}", "a guess", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}{vouched}")
    assert not door("amina", PASSWORD, HTTP_X_FORWARDED_FOR=f"198.51.100.1{vouched}")


@every_door
def test_clients_behind_one_proxy_do_not_lock_each_other(settings: Settings, amina: User, door: Door) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    guess_everybody(door, 20, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert not door("amina", PASSWORD, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert door("amina", PASSWORD, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="203.0.113.10")


@every_door
def test_a_header_shorter_than_the_row_of_proxies_is_answered(settings: Settings, amina: User, door: Door) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    assert door("amina", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.1")


# --- The API's own limits, and what is kept -------------------------------------------------------


def refusals(times: int, **headers: str) -> int:
    client = APIClient()
    answers = [client.post(f"{V1}/auth/refresh", {"refresh": "x"}, **headers) for _ in range(times)]
    return sum(answer.status_code == 429 for answer in answers)


def test_the_apis_limit_counts_each_client_behind_a_proxy_for_itself(settings: Settings) -> None:
    settings.RATE_LIMITS = {"auth": "3/min"}
    settings.TRUSTED_PROXY_COUNT = 1
    assert refusals(4, HTTP_X_FORWARDED_FOR="203.0.113.9") == 1
    assert refusals(1, HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9") == 1
    assert refusals(3, HTTP_X_FORWARDED_FOR="203.0.113.10") == 0


def test_the_apis_limit_does_not_listen_to_a_made_up_header(settings: Settings) -> None:
    settings.RATE_LIMITS = {"auth": "3/min"}
    assert sum(refusals(1, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}") for number in range(4)) == 1


def test_the_list_of_devices_keeps_the_address_that_limits_count(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    UserFactory(username="amina")
    by_page("amina", PASSWORD, REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert LoginSession.objects.get().address == "203.0.113.9"
