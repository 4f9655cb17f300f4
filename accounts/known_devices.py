"""The mark that a browser or an app keeps of its log-ins, so that guesses made elsewhere do not lock its owner out.

It opens nothing: whoever has it may only try a password while others are locked out, and their tries count against the
mark itself (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A browser keeps it as a cookie; an app
without cookies sends back in a header what the log-in answered. A mailed link shows the mailbox and no second step, so
a mark from one is good for passwords only until its owner has logged in.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from accounts.models import User

COOKIE = "souk_device"
HEADER = "X-Device-Token"
_LASTS = timedelta(days=730)
# With the form of the mark: one of another form is none.
_SALT = "accounts.known_devices.2"
# Of the people who share a browser these many, the latest, are known on it.
_MOST_PEOPLE = 5
# What a response has yet to carry to the browser.
_PENDING = "pending_device_mark"


def known_device(request: HttpRequest | None, user: User | None, *, by_log_in: bool = False) -> str | None:
    """The device of a request if this person is known on it, as a name that nobody can make up.

    With `by_log_in` a new password by a mailed link is not enough.
    """
    if request is None or user is None:
        return None
    device, people = _read(request)
    is_known = people.get(user.pk.hex, False) if by_log_in else user.pk.hex in people
    return device if is_known else None


def remember_device(*, request: HttpRequest | None, user: User, **_signal: Any) -> str:
    """Know this device from now on, after a log-in with all its steps. Returns the mark."""
    return _remember(request, user, has_logged_in=True)


def remember_device_of_mailbox(*, request: HttpRequest | None, user: User, **_signal: Any) -> str:
    """Know this device after a new password by a mailed link. Returns the mark."""
    has_logged_in = known_device(request, user, by_log_in=True) is not None
    return _remember(request, user, has_logged_in=has_logged_in)


def _remember(request: HttpRequest | None, user: User, *, has_logged_in: bool) -> str:
    if request is None:
        return ""
    device, people = _read(request)
    people.pop(user.pk.hex, None)
    latest = [*people.items(), (user.pk.hex, has_logged_in)][-_MOST_PEOPLE:]
    mark = signing.dumps([device or get_random_string(22), dict(latest)], salt=_SALT)
    setattr(request, _PENDING, mark)
    return mark


def send_mark(request: HttpRequest, response: HttpResponse) -> None:
    """Put a new mark into the browser's cookies."""
    if mark := getattr(request, _PENDING, None):
        response.set_cookie(
            COOKIE, mark, max_age=_LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def _read(request: HttpRequest) -> tuple[str, dict[str, bool]]:
    """The device, and of the people who are known on it whether they have logged in there."""
    mark = request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")
    try:
        device, people = signing.loads(mark, salt=_SALT, max_age=_LASTS)
    except (signing.BadSignature, ValueError):
        return "", {}
    return device, people
