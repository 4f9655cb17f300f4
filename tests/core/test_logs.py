"""What the log of a request says of its caller."""

from django.http import HttpResponse
from django.test import RequestFactory
from django_structlog.middlewares import RequestMiddleware
from pytest_django import Settings
from structlog.contextvars import get_contextvars


def address_logged(**headers: str) -> object:
    seen: list[object] = []

    def view(_request: object) -> HttpResponse:
        seen.append(get_contextvars()["ip"])
        return HttpResponse()

    RequestMiddleware(view)(RequestFactory().get("/", headers=headers))
    return seen[0]


def test_an_address_is_logged_as_the_limits_count_it(settings: Settings) -> None:
    spoofed = {"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9"}
    assert address_logged(**spoofed) == "127.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    assert address_logged(**{"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}) == "198.51.100.7"
