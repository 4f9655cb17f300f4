"""JSON Web Tokens for the API: a short-lived access token, and a refresh token that works once."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User
from core.errors import DomainError


class TokenInvalid(DomainError):
    """The token is no token of ours, has run out, was used already or was given out for an older password."""

    code = "token_not_valid"
    message = _("The token is invalid or expired. Please log in again.")
    status = 401


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a log-in gives: both tokens in their encoded form, and the seconds for which `access` is good."""

    access: str
    refresh: str
    expires_in: int


def issue_tokens(user: User) -> TokenPair:
    """A new pair for somebody who has just shown who they are."""
    update_last_login(User, user)
    return _pair(RefreshToken.for_user(user))


@transaction.atomic
def refresh_tokens(refresh: str) -> TokenPair:
    """A new pair for a refresh token, which then is used up; of two requests with one token, one gets a pair.

    Raises TokenInvalid.
    """
    token = _read(refresh)
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None or token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise TokenInvalid
    _use_up(token)
    return _pair(RefreshToken.for_user(user))


@transaction.atomic
def revoke_token(refresh: str) -> None:
    """Log out: the refresh token no longer works. The access token beside it ends by itself within minutes.

    Raises TokenInvalid, also for a token that was revoked before.
    """
    _use_up(_read(refresh))


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


def _pair(refresh: RefreshToken) -> TokenPair:
    access = refresh.access_token
    return TokenPair(str(access), str(refresh), int(access.lifetime.total_seconds()))
