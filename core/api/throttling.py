"""Limits on how often an address or a person may try: a brake for guessing, not a lock on money.

The counters rest in Redis and are not atomic, so a burst may pass a few more than the limit.
"""

from collections.abc import Iterable
from math import ceil
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from core.callers import client_network


class DoorThrottle(SimpleRateThrottle):
    """Counts by person if one is logged in, else by address; the view's `throttle_scope` names the rate.

    Rates are read from `settings.API_THROTTLE_RATES` at every request; a scope without one is not limited.
    """

    def __init__(self) -> None:
        # The scope, and with it the rate, is known only when the view is.
        pass

    def allow_request(self, request: Request, view: Any) -> bool:
        self.scope = getattr(view, "throttle_scope", None)
        rates: dict[Any, str | None] = settings.API_THROTTLE_RATES
        self.rate = rates.get(self.scope)
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return bool(super().allow_request(request, view))

    @classmethod
    def passes(cls, request: Any, scope: str) -> bool:
        """Whether a page's request is within the limit that the API's door of this scope shares; it is counted."""
        return cls().allow_request(request, SimpleNamespace(throttle_scope=scope))

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk or client_network(request)}

    @property
    def remaining(self) -> int:
        """How many requests are left by now."""
        return max((self.num_requests or 0) - len(self.history), 0)

    @property
    def seconds_to_more(self) -> int:
        """After how many seconds the oldest request that counts no longer does."""
        return ceil(self.history[-1] + self.duration - self.now) if self.history else 0


def rate_limit_headers(throttles: Iterable[Any]) -> dict[str, str]:
    """The headers of draft-ietf-httpapi-ratelimit-headers-10: each limit that was asked, and what is left of it."""
    asked = [one for one in throttles if isinstance(one, DoorThrottle) and getattr(one, "history", None) is not None]
    if not asked:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{one.scope}";q={one.num_requests};w={one.duration}' for one in asked),
        "RateLimit": ", ".join(f'"{one.scope}";r={one.remaining};t={one.seconds_to_more}' for one in asked),
    }
