"""How tests speak to the API: clients with real tokens, and answers held against the envelope."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens import issue_tokens

V1 = "/api/v1"


def client_of(user: User) -> APIClient:
    """A client that carries the user's access token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")
    return client


def client_with_cart(token: str) -> APIClient:
    """A guest's client that names its cart in every request."""
    client = APIClient()
    client.credentials(HTTP_X_CART_TOKEN=token)
    return client


def given(response: HttpResponse, status: int = 200) -> Any:
    """The `data` of an answer that succeeded, its envelope complete."""
    body = _json(response, status)
    assert set(body) == {"success", "data", "message", "errors", "pagination"}, body
    assert body["success"] is True
    assert body["errors"] is None
    return body["data"]


def refused(response: HttpResponse, status: int, code: str) -> Any:
    """The `details` of a refusal with this code, its envelope complete."""
    body = _json(response, status)
    assert set(body) == {"success", "error_code", "message", "details"}, body
    assert body["success"] is False
    assert body["error_code"] == code, body
    assert isinstance(body["message"], str)
    assert body["message"]
    assert isinstance(body["details"], dict)
    return body["details"]


def faulty(response: HttpResponse, status: int = 400, code: str = "validation_error") -> dict[str, Any]:
    """The faults of fields that a refusal names, by path, each with its code and sentence."""
    fields: dict[str, Any] = refused(response, status, code)["fields"]
    assert fields
    for fault in fields.values():
        assert set(fault) == {"code", "message"}, fault
        assert fault["message"]
    return fields


def codes_of(response: HttpResponse, status: int = 400, code: str = "validation_error") -> dict[str, str]:
    """The code of each field at fault, by path."""
    return {path: fault["code"] for path, fault in faulty(response, status, code).items()}


def _json(response: HttpResponse, status: int) -> Any:
    assert response["Content-Type"] == "application/json", response.content
    body = response.json()
    assert response.status_code == status, body
    return body


def raw_client(**headers: str) -> Client:
    """A client that answers an exception as the server would, instead of raising it."""
    return Client(raise_request_exception=False, headers=headers)
