"""Limits on guesses at a password or a code: by account and network, by network, and by account for a whole crowd.

A device on which the owner has logged in before is counted for itself, and passes while the others are locked out. An
account that is not there is counted like one that is, so that nothing is learnt from a limit.
"""

import time
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from accounts.errors import TooManyAttempts
from accounts.known_devices import known_device
from accounts.models import User
from core.web.callers import client_network

# The refusal that a page tells in its form.
_REFUSAL = "refused_guess"
# A code has six digits, so that a crowd gets fewer guesses at one.
_OF_ACCOUNT = {"password": "account", "code": "account_code"}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many guesses in so many seconds, from the first one on."""

    guesses: int
    seconds: int

    @classmethod
    def named(cls, name: str) -> "Limit":
        """The limit of this name in settings.GUESS_LIMITS, written as "5/300"."""
        guesses, seconds = settings.GUESS_LIMITS[name].split("/")
        return cls(int(guesses), int(seconds))


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess that is counted; one that was right does not count."""

    counters: tuple[str, ...]

    def take_back(self) -> None:
        for counter in self.counters:
            _add(counter, -1)


def count_guess(*, request: HttpRequest | None, user: User | None, login: str = "", at: str = "password") -> Guess:
    """Count a guess at somebody's password or code before it is looked at.

    `login` is what was typed where nobody has that name. Raises TooManyAttempts with the seconds until the next try.
    Without a request it is a command, where nobody guesses.
    """
    if request is None:
        return Guess(())
    account = f"{at}:{user.pk if user else login}"
    counted: list[str] = []
    for name, what in _limits_for(request, user, account, at):
        limit, counter = Limit.named(name), _counter(name, what)
        wait = _count(counter, limit)
        if wait:
            raise TooManyAttempts(retry_after=wait)
        counted.append(counter)
    return Guess(tuple(counted))


def forgive_guesses_of_owner(*, request: HttpRequest | None, user: User, **_signal: Any) -> None:
    """Forget the guesses at a password by everybody and by this network: its owner has shown the mailbox, and set one.

    Guesses at a code stay counted: the second step is there for the day when the mailbox is somebody else's.
    """
    network, account = client_network(request) if request else "", f"password:{user.pk}"
    for counter in (_counter(_OF_ACCOUNT["password"], account), _counter("pair", f"{account}:{network}")):
        cache.delete_many([counter, f"{counter}:ends"])


def note_limit(request: HttpRequest | None, refusal: TooManyAttempts) -> None:
    """Remember for the answer to a request that a limit refused it."""
    if request is not None:
        setattr(request, _REFUSAL, refusal)


def tell_limit(request: HttpRequest, response: HttpResponse) -> None:
    """Give a page whose form tells of a limit the status and the Retry-After that programs read."""
    refusal: TooManyAttempts | None = getattr(request, _REFUSAL, None)
    if refusal and response.status_code == HTTPStatus.OK:
        response.status_code = refusal.status
        response["Retry-After"] = str(refusal.retry_after)


def _limits_for(request: HttpRequest, user: User | None, account: str, at: str) -> list[tuple[str, str]]:
    """The limits that a guess counts against, the narrowest first: what one refuses does not count for the next."""
    if device := known_device(request, user, by_log_in=at == "code"):
        return [("device", f"{account}:{device}")]
    network = client_network(request)
    narrow = [("pair", f"{account}:{network}"), ("network", network)]
    if user is not None and request.user == user:
        # Whoever is logged in is asked once more: a crowd elsewhere does not get in their way, and who has stolen their
        # session guesses no more than a crowd, from however many networks.
        return [*narrow, (_OF_ACCOUNT[at], f"again:{account}")]
    return [*narrow, (_OF_ACCOUNT[at], account)]


def _counter(name: str, what: str) -> str:
    return f"guesses:{name}:{sha256(what.encode()).hexdigest()[:40]}"


def _count(counter: str, limit: Limit) -> int:
    """Count one more; the seconds to wait if that is too many."""
    now = int(time.time())
    ends = cache.get_or_set(f"{counter}:ends", now + limit.seconds, limit.seconds) or now + limit.seconds
    cache.add(counter, 0, limit.seconds)
    return max(1, ends - now) if _add(counter, 1) > limit.guesses else 0


def _add(counter: str, number: int) -> int:
    try:
        return int(cache.incr(counter, number))
    except ValueError:
        # It ended between the two statements, or the cache forgot it.
        return 1
