"""What callers of the API are told beside the answer: methods, origins, limits and the id of their request."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from structlog.testing import capture_logs

from config.api import document_address, urlpatterns
from config.cors import is_web_origin
from core.db.ids import new_id
from tests.api import V1, raw_client, refused

pytestmark = pytest.mark.django_db
ORIGIN = "https://app.example"
PREFLIGHT = {
    "origin": ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, x-cart-token, idempotency-key, content-type",
}


@pytest.fixture
def origins(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


def addresses() -> list[str]:
    """Every address of the API with something in its parts."""
    routes = (document_address(str(pattern.pattern)) for pattern in urlpatterns)
    parts = {"id": new_id(), "variant_id": new_id(), "customer_id": new_id()}
    parts |= dict.fromkeys(("key", "public_id", "provider", "code", "language"), "x")
    return [route.format(**parts) for route in routes if route]


@pytest.mark.parametrize("prefix", [V1, "/api"])
def test_every_address_tells_its_methods_to_anybody(prefix: str, client: Client) -> None:
    for address in addresses():
        response = client.options(f"{prefix}/{address}")
        assert (response.status_code, response.content) == (204, b""), address
        assert "OPTIONS" in response["Allow"], address
    assert client.options(f"{V1}/orders/{new_id()}/status")["Allow"] == "PUT, OPTIONS"
    assert client.options(f"{V1}/nothing").status_code == 404


def test_an_origin_that_is_allowed_may_call_and_read_the_headers(origins: None, client: Client) -> None:
    preflight = client.options(f"{V1}/cart/items", headers=PREFLIGHT)
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Origin"] == ORIGIN
    assert "x-cart-token" in preflight["Access-Control-Allow-Headers"]
    response = client.get(f"{V1}/products", headers={"origin": ORIGIN})
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert {"ETag", "X-Cart-Token", "X-Request-ID", "Retry-After"} <= set(
        response["Access-Control-Expose-Headers"].split(", ")
    )
    assert "origin" in response["Vary"].lower()


@pytest.mark.parametrize("address", [f"{V1}/users/me", f"{V1}/nothing", "/api/users/profile"])
def test_refusals_can_be_read_by_an_allowed_origin_too(address: str, origins: None, client: Client) -> None:
    assert client.get(address, headers={"origin": ORIGIN})["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.evil.example", "null", "http://app.example"]
)
def test_other_origins_get_no_leave(origin: str, origins: None, client: Client) -> None:
    headers = PREFLIGHT | {"origin": origin}
    assert "Access-Control-Allow-Origin" not in client.options(f"{V1}/cart/items", headers=headers)
    assert "Access-Control-Allow-Origin" not in client.get(f"{V1}/products", headers=headers)


@pytest.mark.parametrize("address", ["/en/", "/admin/login/", "/health/live"])
def test_pages_are_for_no_other_origin(address: str, settings: Settings, client: Client) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert "Access-Control-Allow-Origin" not in client.get(address, headers={"origin": ORIGIN})


def test_cookies_are_taken_from_no_other_origin(settings: Settings, client: Client) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    response = client.get(f"{V1}/products", headers={"origin": ORIGIN})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize(
    ("text", "is_origin"),
    [
        ("https://app.example", True),
        ("http://localhost:3000", True),
        ("http://[::1]:3000", True),
        ("https://app.example/", False),
        ("https://app.example/path", False),
        ("app.example", False),
        ("https://*.example", False),
        ("https://App.example", False),
        ("https://user@app.example", False),
        ("https://app.example:port", False),
        ("ftp://app.example", False),
        ("null", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, is_origin: bool) -> None:
    assert is_web_origin(text) is is_origin


@pytest.mark.parametrize("address", ["/en/", f"{V1}/products", f"{V1}/nothing", "/health/live", "/static/nothing.css"])
def test_every_answer_has_an_id_of_its_own(address: str) -> None:
    client = raw_client()
    first, second = client.get(address)["X-Request-ID"], client.get(address)["X-Request-ID"]
    assert first != second
    assert len(first) == 36


def test_the_id_that_a_caller_gives_is_answered_and_logged(client: Client) -> None:
    with capture_logs() as logs:
        response = client.get(f"{V1}/products", headers={"x-request-id": "job-7.a/b=1"})
    assert response["X-Request-ID"] == "job-7.a/b=1"
    assert all("job" in str(line.get("request_id", "job")) for line in logs)


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "é", "x" * 65, '"<script>"', "a;b"])
def test_an_id_that_is_not_sane_is_replaced(given: str, client: Client) -> None:
    answered = client.get(f"{V1}/products", headers={"x-request-id": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 36


def test_a_limited_address_tells_its_limit_and_what_is_left(settings: Settings, client: Client) -> None:
    settings.RATE_LIMITS = {"track": "2/min"}
    cache.clear()
    address = f"{V1}/orders/track?number=1&email=a@souk.example"
    first, second, third = client.get(address), client.get(address), client.get(address)
    assert first["RateLimit-Policy"] == third["RateLimit-Policy"] == '"track";q=2;w=60'
    assert first["RateLimit"].startswith('"track";r=1;t=')
    assert second["RateLimit"].startswith('"track";r=0;t=')
    assert refused(third, 429, "throttled")
    assert third["RateLimit"] == f'"track";r=0;t={third["Retry-After"]}'


def test_an_address_without_a_limit_tells_none(client: Client) -> None:
    assert "RateLimit" not in client.get(f"{V1}/products").headers
