"""Where one is logged in: listed, and ended one by one or all others at once, on pages and by API."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.devices import device_name
from accounts.models import LoginSession, User
from core import clock
from tests.api import V1, given, refused
from tests.factories.accounts import StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"
NEW_PASSWORD = "nine tall fig trees"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
DEVICES = "/en/account/devices/"


@pytest.fixture
def amina() -> User:
    user: User = UserFactory(username="amina")
    return user


def browser(user: User, agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    client.post("/en/account/login/", {"login": user.username, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/en/account/").status_code == 200


def device(user: User) -> tuple[APIClient, str]:
    """A logged-in client of the API, and its refresh token."""
    client = APIClient(HTTP_USER_AGENT="okhttp/5.0")
    tokens = given(client.post(f"{V1}/auth/login", {"login": user.username, "password": PASSWORD}))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return client, tokens["refresh"]


def listed_on(client: Client) -> str:
    """The page of devices without what happened lately, which names devices of the past."""
    devices: str = client.get(DEVICES).text.partition("Recent security activity")[0]
    return devices


def row(user: User, kind: str = "browser") -> LoginSession:
    return user.login_sessions.get(kind=kind)


# --- Listed ---------------------------------------------------------------------------------------


def test_browsers_and_devices_are_listed_with_the_callers_own_marked(amina: User) -> None:
    browser(amina)
    client, _refresh = device(amina)
    listed = given(client.get(f"{V1}/users/me/sessions"))
    assert [(entry["kind"], entry["device"], entry["is_current"]) for entry in listed] == [
        ("api", "okhttp/5.0", True),
        ("browser", "Firefox · Windows", False),
    ]
    assert {entry["address"] for entry in listed} == {"127.0.0.1"}


def test_the_page_shows_them_too(amina: User) -> None:
    device(amina)
    page = browser(amina, SAFARI).get(DEVICES).text
    assert "Safari · iPhone" in page
    assert "okhttp/5.0" in page
    assert page.count("This device") == 1


def test_a_browsers_session_marks_itself_at_the_api(amina: User) -> None:
    browser(amina, SAFARI)
    listed = given(browser(amina).get(f"{V1}/users/me/sessions"))
    assert [(entry["device"], entry["is_current"]) for entry in listed] == [
        ("Firefox · Windows", True),
        ("Safari · iPhone", False),
    ]


def test_refreshing_keeps_one_row_for_the_device(api: APIClient, amina: User) -> None:
    _client, refresh = device(amina)
    before = row(amina, "api")
    fresh = given(api.post(f"{V1}/auth/refresh", {"refresh": refresh}))
    assert row(amina, "api").pk == before.pk
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {fresh['access']}")
    assert [entry["is_current"] for entry in given(api.get(f"{V1}/users/me/sessions"))] == [True]


def test_logging_out_takes_the_row_away(api: APIClient, amina: User) -> None:
    browser(amina).post("/en/account/logout/")
    given(api.post(f"{V1}/auth/logout", {"refresh": device(amina)[1]}))
    assert not amina.login_sessions.exists()


def test_what_ran_out_is_not_listed_and_goes_at_the_next_log_in(amina: User) -> None:
    browser(amina, SAFARI)
    LoginSession.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert "Safari" not in listed_on(browser(amina))
    assert amina.login_sessions.count() == 1


def test_a_changed_password_ends_the_others_and_keeps_this_one_listed(amina: User) -> None:
    browser(amina, SAFARI)
    device(amina)
    client = browser(amina)
    data = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/en/account/password/change/", data)
    page = listed_on(client)
    assert "Firefox" in page
    assert "This device" in page
    assert "Safari" not in page
    assert "okhttp" not in page


def test_a_browser_is_seen_again_after_some_minutes(amina: User) -> None:
    client = browser(amina)
    LoginSession.objects.update(user_agent="")
    client.get("/en/account/")
    assert row(amina).user_agent == ""
    # What the cache remembers of the browser lasts for minutes.
    cache.clear()
    client.get("/en/account/")
    assert row(amina).user_agent == FIREFOX


# --- Ended ----------------------------------------------------------------------------------------


def test_a_browser_that_is_ended_is_logged_out_at_once(amina: User) -> None:
    elsewhere = browser(amina, SAFARI)
    pk = row(amina).pk
    browser(amina).post(f"{DEVICES}{pk}/end/")
    assert not is_in(elsewhere)


def test_a_device_that_is_ended_gets_no_new_tokens(api: APIClient, amina: User) -> None:
    _client, refresh = device(amina)
    client = browser(amina)
    client.post(f"{DEVICES}{row(amina, 'api').pk}/end/")
    refused(api.post(f"{V1}/auth/refresh", {"refresh": refresh}), 401, "token_not_valid")
    assert is_in(client)


def test_the_api_ends_one_browser(amina: User) -> None:
    elsewhere = browser(amina)
    given(device(amina)[0].delete(f"{V1}/users/me/sessions/{row(amina).pk}"))
    assert not is_in(elsewhere)


def test_the_api_ends_all_others(api: APIClient, amina: User) -> None:
    elsewhere, (_other, refresh), (client, own) = browser(amina), device(amina), device(amina)
    given(client.delete(f"{V1}/users/me/sessions"))
    assert not is_in(elsewhere)
    refused(api.post(f"{V1}/auth/refresh", {"refresh": refresh}), 401, "token_not_valid")
    given(api.post(f"{V1}/auth/refresh", {"refresh": own}))


def test_the_page_ends_all_others(api: APIClient, amina: User) -> None:
    elsewhere, (_client, refresh), here = browser(amina, SAFARI), device(amina), browser(amina)
    here.post(f"{DEVICES}end/")
    assert is_in(here)
    assert not is_in(elsewhere)
    refused(api.post(f"{V1}/auth/refresh", {"refresh": refresh}), 401, "token_not_valid")


def test_ending_the_admins_browser_ends_it_there(amina: User) -> None:
    karim = StaffFactory(username="karim")
    client = Client()
    client.post("/admin/login/", {"username": "karim", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    browser(karim).post(f"{DEVICES}end/")
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("stranger", ["customer", "staff"])
def test_other_peoples_are_not_found_and_stay(amina: User, stranger: str) -> None:
    owner = browser(amina)
    other = UserFactory(username="other") if stranger == "customer" else StaffFactory(username="other")
    pk = row(amina).pk
    refused(device(other)[0].delete(f"{V1}/users/me/sessions/{pk}"), 404, "not_found")
    assert browser(other).post(f"{DEVICES}{pk}/end/").status_code == 404
    assert is_in(owner)


def test_a_link_ends_nothing(amina: User) -> None:
    client = browser(amina)
    for address in (f"{DEVICES}end/", f"{DEVICES}{row(amina).pk}/end/"):
        assert client.get(address)["Location"] == DEVICES
    assert is_in(client)


def test_guests_are_led_to_the_log_in(client: Client, api: APIClient) -> None:
    assert client.get(DEVICES)["Location"].startswith("/en/account/login/")
    refused(api.get(f"{V1}/users/me/sessions"), 401, "not_authenticated")


def test_the_page_takes_few_queries_however_many_there_are(amina: User) -> None:
    client = browser(amina)
    client.get(DEVICES)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(DEVICES)
        counts.append(len(queries))
        for _number in range(3):
            browser(amina, SAFARI)
    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox · Windows"),
        (SAFARI, "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_user_agent_is_named_as_people_know_it(agent: str, name: str) -> None:
    assert device_name(agent) == name
