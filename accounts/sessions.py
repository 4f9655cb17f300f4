"""Log-ins that last: browsers and devices, each a row that ends the log-in when it is ended.

A browser's row follows its session; a device's row follows its refresh token. Sessions, refresh tokens and access
tokens all name their row and work only while it is there. Each request reads the row together with its user, in one
query and past the cache: an ended log-in is over at once in every process, whatever has become of Redis.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from allauth.core import context
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import LoginSession, User
from accounts.security import Kind, record_event
from core import clock
from core.errors import NotFound
from core.web.callers import client_address

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


def user_of_session(*, session_id: Any, kind: LoginSession.Kind) -> User | None:
    """The owner of a log-in that is neither ended nor expired, if the account is open. For None and no id at all None.

    One query.
    """
    if session_id is None:
        return None
    live = LoginSession.objects.filter(kind=kind, expires_at__gt=clock.now(), user__is_active=True)
    try:
        row = live.select_related("user").filter(pk=session_id).first()
    except ValidationError:
        return None
    return row.user if row else None


def end_family(session_id: Any) -> None:
    """End the log-in of a device, and with it all tokens that were ever given out in it."""
    LoginSession.objects.filter(pk=session_id, kind=LoginSession.Kind.API).delete()


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


def user_of_browser(request: HttpRequest) -> User | AnonymousUser:
    """Who is logged in by the session of a request; a session whose log-in is over is emptied.

    Django's own check (django.contrib.auth.get_user) and that of the row in one query.
    """
    session = request.session
    if HASH_SESSION_KEY not in session:
        return AnonymousUser()
    user = user_of_session(session_id=session.get(MARK), kind=LoginSession.Kind.BROWSER)
    if user is None or not _knows_password(session, user):
        session.flush()
        return AnonymousUser()
    return user


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


def _knows_password(session: SessionBase, user: User) -> bool:
    """Whether the session began with the password that the account has now."""
    mark = session[HASH_SESSION_KEY]
    if constant_time_compare(mark, _password_mark(user)):
        return True
    # Made before SECRET_KEY was replaced; from here on it is signed with the new one.
    if any(constant_time_compare(mark, fallback) for fallback in user.get_session_auth_fallback_hash()):
        session[HASH_SESSION_KEY] = _password_mark(user)
        return True
    return False


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
