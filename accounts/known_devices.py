"""The mark that a browser or an app keeps of its log-ins, so that guesses made elsewhere do not lock its owner out.

It opens nothing: whoever has it may only try a password while others are locked out, and their tries count against the
mark itself (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A browser keeps it as a cookie; an app
without cookies sends back in a header what the log-in answered.
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
_SALT = "accounts.known_devices"
# Of the people who share a browser these many, the latest, are known on it.
_MOST_PEOPLE = 5
# What a response has yet to carry to the browser.
_PENDING = "pending_device_mark"


def known_device(request: HttpRequest | None, user: User | None) -> str | None:
    """The device of a request if this person has logged in on it before, as a name that nobody can make up."""
    if request is None or user is None:
        return None
    device, people = _read(request)
    return device if device and user.pk.hex in people else None


def remember_device(*, request: HttpRequest | None, user: User, **_signal: Any) -> str:
    """Know this device from now on: after a log-in, or a new password by a mailed link. Returns the mark."""
    if request is None:
        return ""
    device, people = _read(request)
    others = [person for person in people if person != user.pk.hex]
    mark = signing.dumps([device or get_random_string(22), [*others, user.pk.hex][-_MOST_PEOPLE:]], salt=_SALT)
    setattr(request, _PENDING, mark)
    return mark


def send_mark(request: HttpRequest, response: HttpResponse) -> None:
    """Put a new mark into the browser's cookies."""
    if mark := getattr(request, _PENDING, None):
        response.set_cookie(
            COOKIE, mark, max_age=_LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    mark = request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")
    try:
        device, people = signing.loads(mark, salt=_SALT, max_age=_LASTS)
    except (signing.BadSignature, ValueError):
        return "", []
    return device, people
