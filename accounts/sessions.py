"""Where people are logged in: browsers and devices, each a row that ends the log-in when it is ended.

A browser's row follows its session; a device's row follows its refresh token, which works only while the row is there.
The access token beside it ends by itself within TOKEN_TTL_MINUTES.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from allauth.core import context
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import LoginSession, User
from accounts.security import Kind, record_event
from core import clock
from core.callers import client_address
from core.errors import NotFound

# What a browser's session keeps of its row.
MARK = "login_session"
# How exactly a browser's row knows when it was last seen.
_SEEN_EVERY = timedelta(minutes=5)


def sessions_of(user: User) -> QuerySet[LoginSession]:
    """Where somebody is logged in, last seen first. A changed password has ended what began before it."""
    live = LoginSession.objects.filter(user=user, expires_at__gt=clock.now(), password_mark=_password_mark(user))
    return live.order_by("-last_seen_at", "-id")


def start_session(*, user: User, kind: LoginSession.Kind, key: str, request: HttpRequest | None) -> LoginSession:
    """Remember a log-in that has just happened; rows of the same person that ran out go."""
    LoginSession.objects.filter(user=user, expires_at__lte=clock.now()).delete()
    return LoginSession.objects.create(user=user, kind=kind, key=key, **_seen(user, kind, request))


def move_session(*, user: User, session_id: str | None, old_key: str, new_key: str) -> bool:
    """Note that a refresh token gave way to the next one. False if the row was ended meanwhile."""
    if session_id is None:
        return False
    row = LoginSession.objects.filter(pk=session_id, user=user, key=old_key)
    return bool(row.update(key=new_key, **_seen(user, LoginSession.Kind.API, context.request)))


def end_session(*, user: User, session_id: UUID | str) -> None:
    """End one of somebody's own log-ins. Raises NotFound for anybody else's."""
    row = LoginSession.objects.filter(user=user, pk=session_id).first()
    if row is None:
        raise NotFound
    _end(row)
    record_event(Kind.SESSION_ENDED, user)


def end_other_sessions(*, user: User, current: str | None) -> int:
    """End all of somebody's log-ins but the one with this id; how many there were."""
    rows = [row for row in LoginSession.objects.filter(user=user) if str(row.pk) != current]
    for row in rows:
        _end(row)
    if rows:
        record_event(Kind.SESSION_ENDED, user)
    return len(rows)


# --- Browsers -------------------------------------------------------------------------------------


def browser_came_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """A log-in by page or admin, as Django tells of it."""
    session = request.session
    if session.session_key is None:
        session.save()
    key = str(session.session_key)
    row = start_session(user=user, kind=LoginSession.Kind.BROWSER, key=key, request=request)
    session[MARK] = str(row.pk)
    _first_sight(key)


def browser_went(*, request: HttpRequest, **_signal: Any) -> None:
    """A log-out by page or admin, as Django tells of it."""
    if mark := request.session.get(MARK):
        LoginSession.objects.filter(pk=mark).delete()


def browser_was_seen(request: HttpRequest) -> None:
    """Keep the row up to date: every few minutes, and at once when the session's key has changed."""
    session = request.session
    if not isinstance(request.user, User) or not session.session_key or not _first_sight(session.session_key):
        return
    row = LoginSession.objects.filter(pk=session[MARK], user=request.user)
    row.update(key=session.session_key, **_seen(request.user, LoginSession.Kind.BROWSER, request))


# --- Helpers --------------------------------------------------------------------------------------


def _end(row: LoginSession) -> None:
    if row.kind == LoginSession.Kind.BROWSER:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        store().delete(row.key)
    row.delete()


def _first_sight(key: str) -> bool:
    """Whether this session was not seen within the last minutes; it counts as seen from here on."""
    return bool(cache.add(f"login-session:{key}", 1, timeout=_SEEN_EVERY.total_seconds()))


def _seen(user: User, kind: LoginSession.Kind, request: HttpRequest | None) -> dict[str, Any]:
    now = clock.now()
    return {
        "last_seen_at": now,
        "expires_at": _end_of(kind, now),
        "password_mark": _password_mark(user),
        "user_agent": request.headers.get("User-Agent", "")[:300] if request else "",
        "address": client_address(request) if request else None,
    }


def _end_of(kind: LoginSession.Kind, now: datetime) -> datetime:
    if kind == LoginSession.Kind.BROWSER:
        return now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return now + lifetime


def _password_mark(user: User) -> str:
    return user.get_session_auth_hash()
