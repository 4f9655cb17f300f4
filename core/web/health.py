"""Whether this process lives, and whether it could serve a request now; told to whatever name it was asked under."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.connection import Connection

from core.outbox.selectors import lag

logger = structlog.get_logger(__name__)


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 if the database answers, else 503. Without cache or broker the shop goes on, which is told as degraded; so is
    how far behind the outbox is."""
    checks = {name: "ok" if _passes(name, check) else _WITHOUT[name] for name, check in _CHECKS.items()}
    status = next((state for state in (_FAILED, _DEGRADED) if state in checks.values()), "ok")
    answer: dict[str, Any] = {"status": status, "checks": checks}
    if status != _FAILED:
        # Told, and not held against the process: pages are served well while the relay is behind.
        answer["outbox"] = asdict(lag())
    return JsonResponse(answer, status=503 if status == _FAILED else 200)


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        # Whatever it is, the answer is "not ready"; the log has the reason, the public answer does not.
        logger.exception("readiness_check_failed", check=name)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    key, value = f"health:{get_random_string(8)}", get_random_string(8)
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise RuntimeError("the cache forgot what it was told")
    cache.delete(key)
    if getattr(cache, "is_degraded", False):
        raise RuntimeError("the process does without Redis")


def _broker() -> None:
    options = current_app.conf.broker_transport_options
    with Connection(current_app.conf.broker_url, connect_timeout=2, transport_options=options) as broker:  # type: ignore[no-untyped-call]
        broker.ensure_connection(max_retries=1, timeout=2)


_FAILED, _DEGRADED = "failed", "degraded"
# What the shop is without each.
_WITHOUT = {"database": _FAILED, "cache": _DEGRADED, "broker": _DEGRADED}
_CHECKS: dict[str, Callable[[], None]] = {"database": _database, "cache": _cache, "broker": _broker}


class HealthMiddleware:
    """Answers before the host is looked at: a load balancer asks by an IP address that ALLOWED_HOSTS does not have."""

    _PATHS: ClassVar[frozenset[str]] = frozenset({"/health", "/health/live", "/health/ready"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in self._PATHS:
            return self.get_response(request)
        response: HttpResponse = resolve(request.path_info).func(request)
        return response
