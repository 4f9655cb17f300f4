"""Whatever happens, the API answers in its envelope and in the caller's language."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.tokens import issue_tokens
from core.web.middleware import is_api
from tests.api import V1, client_of, codes_of, faulty, given, raw_client, refused
from tests.factories.accounts import AddressFactory, StaffFactory, UserFactory, postal

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/v1/products/", "/api/v2/products", "/api/"])
def test_an_unknown_address_is_not_found(method: str, path: str) -> None:
    refused(getattr(raw_client(), method)(path), 404, "not_found")


def test_an_unknown_address_is_not_found_under_debug_too(settings: Settings) -> None:
    settings.DEBUG = True
    refused(raw_client().get(f"{V1}/nothing"), 404, "not_found")


def test_a_crash_tells_nothing_but_that_it_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("catalog.viewsets.category_tree", crash)
    response = raw_client().get(f"{V1}/categories")
    refused(response, 500, "server_error")
    assert b"secret" not in response.content


def test_a_lost_database_is_a_crash_in_the_envelope() -> None:
    with connection.execute_wrapper(_broken):
        response = raw_client().get(f"{V1}/products")
    refused(response, 500, "server_error")


def _broken(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    raise RuntimeError("no database")


def test_a_method_that_an_address_does_not_have_is_named(api: APIClient) -> None:
    response = api.put(f"{V1}/cart")
    refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["schema", "docs"])
def test_the_document_is_only_read(api: APIClient, path: str) -> None:
    refused(api.post(f"{V1}/{path}"), 405, "method_not_allowed")


def test_only_json_is_given(client: Client) -> None:
    refused(client.get(f"{V1}/products", headers={"accept": "text/csv"}), 406, "not_acceptable")


def test_only_json_is_taken(client: Client) -> None:
    response = client.post(f"{V1}/auth/login", {"login": "a", "password": "b"})
    refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"quantity": NaN}',
        b'{"quantity": Infinity}',
        b'{"login": "\\u0000"}',
        b'{"login": "\x00"}',
        b'{"login": "\\uDC00"}',
        b"[" * 100_000,
        b'{"quantity": ' + b"9" * 10_000 + b"}",
        b'{"quantity": 1e99999999999999999999}',
    ],
    ids=["cut", "not UTF-8", "NaN", "Infinity", "NUL escaped", "NUL", "half a pair", "deep", "long number", "huge"],
)
def test_what_is_no_json_is_refused(client: Client, body: bytes) -> None:
    refused(client.post(f"{V1}/cart/items", body, "application/json"), 400, "parse_error")


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "7", "true", '[{"quantity": 1}]'])
def test_json_that_is_no_object_is_refused(client: Client, body: str) -> None:
    details = faulty(client.post(f"{V1}/cart/items", body, "application/json"))
    assert set(details) == {"body"}


def test_a_body_may_not_fill_the_memory(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = json.dumps({"variant_id": "x" * 1000})
    refused(client.post(f"{V1}/cart/items", body, "application/json"), 413, "body_too_large")


def test_a_body_of_unknown_length_is_not_taken_for_an_empty_one(client: Client) -> None:
    response = client.generic("POST", f"{V1}/cart/items", headers={"transfer-encoding": "chunked"})
    refused(response, 411, "length_required")


def test_every_wrong_field_is_named_at_once(api: APIClient) -> None:
    details = faulty(api.post(f"{V1}/cart/items", {"quantity": "many"}))
    assert set(details) == {"variant_id", "quantity"}


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "This field is required."), ("fr", "Ce champ est obligatoire."), ("ar", "هذا الحقل مطلوب.")],
)
def test_refusals_speak_the_callers_language(api: APIClient, language: str, message: str) -> None:
    response = api.post(f"{V1}/cart/items", {}, headers={"accept-language": language})
    assert faulty(response)["variant_id"]["message"] == message
    assert response["Content-Language"] == language


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer a.b.c", "Bearer a b", "bearer", "Bearer \u00ff", f"Bearer {'x' * 5000}"],
)
def test_a_token_that_is_none_is_refused(header: str) -> None:
    response = raw_client(authorization=header).get(f"{V1}/users/me")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["success"] is False


def test_an_access_token_ends_with_its_time() -> None:
    token = AccessToken.for_user(UserFactory())
    token.set_exp(lifetime=timedelta(seconds=-1))
    refused(raw_client(authorization=f"Bearer {token}").get(f"{V1}/users/me"), 401, "token_not_valid")


def test_a_refresh_token_is_no_access_token() -> None:
    tokens = issue_tokens(UserFactory())
    response = raw_client(authorization=f"Bearer {tokens.refresh}").get(f"{V1}/users/me")
    refused(response, 401, "token_not_valid")


def test_a_closed_account_has_no_access_any_more() -> None:
    user = UserFactory()
    client = client_of(user)
    user.is_active = False
    user.save()
    refused(client.get(f"{V1}/users/me"), 401, "user_inactive")


def test_a_browsers_session_is_taken_with_its_csrf_token_only() -> None:
    user = UserFactory()
    address = AddressFactory(user=user)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert given(client.get(f"{V1}/users/me"))["id"] == str(user.pk)
    refused(client.delete(f"{V1}/users/me/addresses/{address.pk}"), 403, "csrf_failed")
    assert user.addresses.count() == 1


def test_only_addresses_of_the_api_speak_in_the_envelope(rf: Any) -> None:
    assert is_api(rf.get("/api/v1/x"))
    assert not is_api(rf.get("/en/api/"))


def test_a_list_says_where_it_is() -> None:
    user = UserFactory()
    AddressFactory.create_batch(3, user=user)
    response = client_of(user).get(f"{V1}/users/me/addresses", {"page": 2, "page_size": 2})
    assert len(given(response)) == 1
    assert response.json()["pagination"] == {
        "page": 2,
        "page_size": 2,
        "total": 3,
        "pages": 2,
        "next": None,
        "previous": f"http://testserver{V1}/users/me/addresses?page_size=2",
    }


@pytest.mark.parametrize("page", ["3"])
def test_a_page_that_does_not_exist_is_not_found(page: str) -> None:
    response = client_of(UserFactory()).get(f"{V1}/users/me/addresses", {"page": page})
    refused(response, 404, "not_found")


def test_a_page_has_at_most_a_hundred_rows() -> None:
    response = client_of(UserFactory()).get(f"{V1}/users/me/addresses", {"page_size": 101})
    assert codes_of(response) == {"page_size": "max_value"}


def test_too_many_requests_are_told_to_wait(api: APIClient, settings: Settings) -> None:
    settings.RATE_LIMITS = {"auth": "2/min"}
    for _attempt in range(2):
        refused(api.post(f"{V1}/auth/login", {}), 400, "validation_error")
    response = api.post(f"{V1}/auth/login", {}, headers={"x-forwarded-for": "203.0.113.9"})
    details = refused(response, 429, "throttled")
    assert 0 < details["retry_after"] <= 60
    assert int(response["Retry-After"]) <= 60
    given(api.get(f"{V1}/products"))


_PYTHON = re.compile(
    r"dict|NoneType|ErrorDetail|<class|object at 0x|Traceback|None\b|\bu'|\[\[|\bstr\b|\bint\b|codec|\bNaN\b.*error"
)
_ODD: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", [], [[]], [None], {}, {"a": {"b": []}}]


def _texts(body: dict[str, Any]) -> Iterator[str]:
    yield body["message"]
    yield from (fault["message"] for fault in body["details"].get("fields", {}).values())


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_no_sentence_quotes_python(language: str) -> None:
    client = client_of(StaffFactory())
    bodies = {
        "cart/items": ["variant_id", "quantity"],
        "orders": ["items", "customer", "shipping_address", "email", "expected_total"],
        "products": ["name", "category", "tags", "attributes", "images", "price", "is_active", "tax_class"],
        "stock-items": ["sku", "location", "quantity"],
        "users/me/addresses": ["country", "full_name", "is_default_billing"],
        "bulk/products": ["rows"],
    }
    for address, names in bodies.items():
        for body in [*_ODD, *(dict.fromkeys(names, odd) for odd in _ODD), {"rows": _ODD}]:
            response = client.post(f"{V1}/{address}", body, headers={"accept-language": language})
            found = response.json()
            if response.status_code >= 400:
                assert [text for text in _texts(found) if _PYTHON.search(text)] == [], (address, body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "line 1, column 2"),
        (b'{"quantity": ' + b"9" * 10_000 + b"}", "too many digits"),
        (b'{"quantity": NaN}', "NaN is no number"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "nested"),
    ],
    ids=["cut", "digits", "NaN", "latin", "deep"],
)
def test_a_body_that_is_no_json_is_told_where_it_breaks(client: Client, body: bytes, said: str) -> None:
    response = client.post(f"{V1}/cart/items", body, "application/json")
    refused(response, 400, "parse_error")
    assert said in response.json()["message"]


def test_a_name_that_stands_twice_is_refused(client: Client) -> None:
    response = client.post(f"{V1}/cart/items", '{"quantity": 1, "quantity": 2}', "application/json")
    assert codes_of(response) == {"quantity": "duplicate_field"}


def test_faults_inside_of_lists_and_objects_are_named_by_their_path() -> None:
    body = {
        "items": [{"sku": "A"}, {"sku": "B", "quantity": 0}, {}],
        "shipping_address": postal(country="XX"),
    }
    assert codes_of(client_of(UserFactory()).post(f"{V1}/orders", body)) == {
        "items.1.quantity": "min_value",
        "items.2": "one_name",
        "shipping_address.country": "unknown_country",
    }


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("get", "nothing", {}, 404),
        ("get", "users/me", {}, 401),
        ("get", "users/me", {"headers": {"authorization": "Bearer a.b.c"}}, 401),
        ("get", "users/me", {"headers": {"authorization": "Bearer a b"}}, 401),
        ("put", "cart", {}, 405),
        ("get", "products", {"headers": {"accept": "text/csv"}}, 406),
        ("post", "auth/login", {"data": b"a=b", "content_type": "text/plain"}, 415),
        ("post", "cart/items", {"data": b"{", "content_type": "application/json"}, 400),
        ("post", "cart/items", {"data": b'{"quantity": "2", "qty": 1}', "content_type": "application/json"}, 400),
    ],
)
def test_every_refusal_speaks_the_callers_language(
    language: str, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    said = {}
    for spoken in ("en", language):
        asked = options | {"headers": options.get("headers", {}) | {"accept-language": spoken}}
        response = getattr(raw_client(), method)(f"{V1}/{path}", **asked)
        assert response.status_code == status
        said[spoken] = list(_texts(response.json()))
    assert not set(said["en"]) & set(said[language])
