"""JSON Web Tokens for the API: a short-lived access token, and a refresh token that works once.

All tokens of one log-in are a family, which ends as a whole. A refresh token that comes again after its use was copied
by somebody: which of the two is the thief nobody can tell, so the family ends, without a time of grace (RFC 9700,
section 4.14.2). A client therefore refreshes one request at a time, and logs in again if an answer was lost.
"""

from dataclasses import dataclass, replace
from typing import Any

from allauth.core import context
from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken
from rest_framework_simplejwt.tokens import RefreshToken, Token, UntypedToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.known_devices import remember_device
from accounts.models import LoginSession, User
from accounts.security import Kind, record_event
from accounts.sessions import end_family, move_session, start_session, user_of_session
from core.errors import DomainError

# The claim that names the log-in to which a token belongs.
SESSION_CLAIM = "sid"


class TokenInvalid(DomainError):
    """The token is no token of ours, has run out, was used already or was given out for an older password."""

    code = "token_not_valid"
    message = _("The token is invalid or expired. Please log in again.")
    status = 401


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a log-in gives: both tokens in their encoded form, and the seconds for which `access` is good.

    `device_token` is the mark by which the device is known at later log-ins; empty but after one.
    """

    access: str
    refresh: str
    expires_in: int
    device_token: str = ""


def issue_tokens(user: User) -> TokenPair:
    """A new pair for somebody who has just shown who they are."""
    update_last_login(User, user)
    token = RefreshToken.for_user(user)
    row = start_session(user=user, kind=LoginSession.Kind.API, key=token["jti"], request=context.request)
    return _pair(token, str(row.pk))


def log_in_device(user: User) -> TokenPair:
    """The same at the log-in of a device."""
    pair = issue_tokens(user)
    record_event(Kind.LOGGED_IN, user)
    return replace(pair, device_token=remember_device(request=context.request, user=user))


def user_of_token(token: Token) -> User | None:
    """The person whom a checked token was given out to, if its log-in goes on under the same password."""
    user = user_of_session(session_id=token.get(SESSION_CLAIM), kind=LoginSession.Kind.API)
    return user if user and _was_given_to(token, user) else None


def refresh_tokens(refresh: str) -> TokenPair:
    """A new pair for a refresh token, which then is used up; used again, it ends its family.

    Raises TokenInvalid. Must not be called in a transaction, which the refusal would undo the end of the family with.
    """
    try:
        return _refreshed(refresh)
    except TokenInvalid:
        _end_family_of_spent(refresh)
        raise


def revoke_token(refresh: str) -> None:
    """Log out: no token of the log-in works any more. Raises TokenInvalid, also for a token that was used before."""
    try:
        _revoke(refresh)
    except TokenInvalid:
        _end_family_of_spent(refresh)
        raise


@transaction.atomic
def _refreshed(refresh: str) -> TokenPair:
    token = _read(refresh)
    user = user_of_token(token)
    if user is None:
        raise TokenInvalid
    _use_up(token)
    fresh, session_id = RefreshToken.for_user(user), token.get(SESSION_CLAIM)
    if not move_session(user=user, session_id=session_id, old_key=token["jti"], new_key=fresh["jti"]):
        raise TokenInvalid
    return _pair(fresh, session_id)


@transaction.atomic
def _revoke(refresh: str) -> None:
    token = _read(refresh)
    _use_up(token)
    end_family(token.get(SESSION_CLAIM))
    if user := User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM)).first():
        record_event(Kind.LOGGED_OUT, user)


def _end_family_of_spent(refresh: str) -> None:
    """Whoever presents a token that was used up before may have stolen it, or may have been robbed of it."""
    try:
        # Signature and end are checked, and whether it is used up is not.
        token = UntypedToken(refresh)  # type: ignore[arg-type]
    except TokenError:
        return
    if not BlacklistedToken.objects.filter(token__jti=token.get(api_settings.JTI_CLAIM)).exists():
        return
    end_family(token.get(SESSION_CLAIM))
    if user := User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM)).first():
        record_event(Kind.TOKEN_REUSED, user)


def _was_given_to(token: Token, user: User) -> bool:
    mine = str(token.get(api_settings.USER_ID_CLAIM)) == str(user.pk)
    return mine and token.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)


def _read(refresh: str) -> RefreshToken:
    try:
        return RefreshToken(refresh)  # type: ignore[arg-type]
    except TokenError as error:
        raise TokenInvalid from error


def _use_up(token: RefreshToken) -> None:
    answer: Any = token.blacklist()  # a pair, whatever its annotation says
    # The unique row decides between two requests that both found the token unused.
    if not answer[1]:
        raise TokenInvalid


def _pair(refresh: RefreshToken, session_id: str) -> TokenPair:
    refresh[SESSION_CLAIM] = session_id
    access = refresh.access_token
    return TokenPair(str(access), str(refresh), int(access.lifetime.total_seconds()))
