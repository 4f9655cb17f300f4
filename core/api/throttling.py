"""The API's side of core.limits: a view's limits are used before its action, and before any answer is given again."""

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.limits import LimitReached, Standing, Use, caller_use, use_limits


class LimitThrottle(BaseThrottle):
    """Counts the uses of limits that a request is, and knows for its answer what is left of them."""

    standings: tuple[Standing, ...] = ()

    def uses_of(self, request: Request, view: Any) -> list[Use]:
        """The uses that a request is."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request. Raises LimitReached."""
        try:
            self.standings = tuple(use_limits(self.uses_of(request, view)))
        except LimitReached as refusal:
            self.standings = (refusal.standing,)
            raise
        return True


class DoorThrottle(LimitThrottle):
    """Counts by person if one is signed in, else by address; the view's `throttle_scope` names the limit."""

    def uses_of(self, request: Request, view: Any) -> list[Use]:
        scope = getattr(view, "throttle_scope", None)
        return [caller_use(request, scope)] if scope else []


def rate_limit_headers(throttles: Iterable[Any]) -> dict[str, str]:
    """The headers of draft-ietf-httpapi-ratelimit-headers: each limit that was used, and what is left of it."""
    used = [standing for one in throttles if isinstance(one, LimitThrottle) for standing in one.standings]
    if not used:
        return {}
    return {
        "RateLimit-Policy": ", ".join(
            f'"{one.limit}";q={one.rate.uses};w={int(one.rate.period.total_seconds())}' for one in used
        ),
        "RateLimit": ", ".join(f'"{one.limit}";r={one.left};t={one.seconds_to_more}' for one in used),
    }
