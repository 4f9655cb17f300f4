"""Limits on how often somebody may do something: one mechanism for pages and API, counted in the database.

Each limit of settings.RATE_LIMITS is a bucket for each of those who are counted: `20/hour` lets 20 pass at once and one
more every three minutes. A bucket is one row that holds when it will be full again (the generic cell rate algorithm,
ITU-T I.371), moved on by one conditional statement, so that requests at the same moment cannot pass the limit together
and counting goes on while Redis is down. Who is refused uses nothing up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from core import clock
from core.errors import DomainError
from core.models import RateBucket
from core.rates import Rate, parse_rate
from core.text.emails import normalise_email
from core.web.callers import client_network

# The part of an address behind a plus sign names a folder of the same mailbox.
_TAG = re.compile(r"\+[^@]*(?=@)")

# Nothing comes back if the bucket has no room: then the row stays as it is.
_FILL = """
INSERT INTO core_ratebucket AS held (key, full_at) VALUES (%(key)s, %(now)s + %(step)s)
ON CONFLICT (key) DO UPDATE SET full_at = greatest(held.full_at, %(now)s) + %(step)s
WHERE greatest(held.full_at, %(now)s) + %(step)s <= %(now)s + %(period)s
RETURNING held.full_at
"""


class LimitReached(DomainError):
    """Somebody did too much in too short a time; `retry_after` says after how many seconds it is worth trying again."""

    code = "throttled"
    status = 429
    retry_after = 60

    def __init__(self, standing: "Standing") -> None:
        super().__init__(_message(standing.seconds_to_more))
        self.retry_after = standing.seconds_to_more
        self.standing = standing


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has left of a limit, and after how many seconds it is one more."""

    limit: str
    rate: Rate
    left: int
    seconds_to_more: int


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a limit by whom it counts: an address's network, a user, a cart, a mailbox."""

    limit: str
    whom: str


def use_limits(uses: Iterable[Use], *, now: datetime | None = None) -> list[Standing]:
    """Count uses, each by its own limit; a limit without a rate lets everything pass. One statement a use.

    Returns what is left of those that have a rate. Called in a transaction, others who are counted by the same rows
    wait until it ends. Raises LimitReached.
    """
    now = now or clock.now()
    # In one order, as with every lock.
    ordered = sorted(uses, key=lambda one: (one.limit, one.whom))
    rates: dict[str, str] = settings.RATE_LIMITS
    return [_use(use, parse_rate(rates[use.limit]), now) for use in ordered if rates.get(use.limit)]


def caller_use(request: HttpRequest, limit: str) -> Use:
    """A use by who is signed in, or else by the address; of IPv6 the network counts."""
    user_id = getattr(getattr(request, "user", None), "pk", None)
    return Use(limit, f"user:{user_id}" if user_id else f"net:{client_network(request)}")


def mailbox(email: str) -> str:
    """The mailbox that an e-mail address leads to, as limits count: no case, and no tag behind a plus sign."""
    return _TAG.sub("", normalise_email(email).casefold())


def prune_rate_buckets(*, now: datetime | None = None) -> int:
    """Forget the buckets that are full again; returns how many. Safe to run at any time."""
    return RateBucket.objects.filter(full_at__lt=now or clock.now()).delete()[0]


def _use(use: Use, rate: Rate, now: datetime) -> Standing:
    # Neither addresses nor names are kept readable.
    key = f"{use.limit}:{salted_hmac('core.limits', use.whom, algorithm='sha256').hexdigest()[:40]}"
    values: dict[str, Any] = {"key": key, "now": now, "step": rate.step, "period": rate.period}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        filled = cursor.fetchone()
    if filled is not None:
        left = max((now + rate.period - filled[0]) // rate.step, 0)
        return _standing(use, rate, filled[0], left, now)
    full_at = RateBucket.objects.filter(key=key).values_list("full_at", flat=True).first() or now
    raise LimitReached(_standing(use, rate, full_at, 0, now))


def _standing(use: Use, rate: Rate, full_at: datetime, left: int, now: datetime) -> Standing:
    wait = full_at + rate.step * (left + 1) - rate.period - now
    return Standing(use.limit, rate, left, max(ceil(wait.total_seconds()), 1))


def _message(seconds: int) -> str:
    if seconds <= 90:
        told = ngettext(
            "Too many attempts in a short time. Please try again in %(count)d second.",
            "Too many attempts in a short time. Please try again in %(count)d seconds.",
            seconds,
        )
        return told % {"count": seconds}
    if seconds <= 90 * 60:
        minutes = ceil(seconds / 60)
        told = ngettext(
            "Too many attempts in a short time. Please try again in %(count)d minute.",
            "Too many attempts in a short time. Please try again in %(count)d minutes.",
            minutes,
        )
        return told % {"count": minutes}
    hours = ceil(seconds / 3600)
    told = ngettext(
        "Too many attempts in a short time. Please try again in %(count)d hour.",
        "Too many attempts in a short time. Please try again in %(count)d hours.",
        hours,
    )
    return told % {"count": hours}
