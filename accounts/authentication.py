"""Bearer tokens of the API: the shop's own, and those of the issuer that the settings name."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.identities import confirmed_email, user_of_claims
from accounts.issuer import is_from_issuer, read_issuer_token
from accounts.tokens import TokenInvalid, user_of_token


class IssuerClaims(dict[str, Any]):
    """What a checked token of the issuer says."""


def log_in_time(auth: Any) -> datetime | None:
    """When the bearer of a request's token logged in at the issuer, as far as the token tells."""
    said = auth.get("auth_time") if isinstance(auth, IssuerClaims) else None
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def vouched_email(auth: Any) -> str | None:
    """The address that the issuer of a request's token says it has confirmed."""
    return confirmed_email(auth) if isinstance(auth, IssuerClaims) else None


class BearerAuthentication(JWTAuthentication):
    """Named by settings.REST_FRAMEWORK. A token's own word decides which keys it is held against."""

    def get_validated_token(self, raw_token: bytes) -> Any:
        if is_from_issuer(raw_token):
            return IssuerClaims(read_issuer_token(raw_token))
        return super().get_validated_token(raw_token)

    def get_user(self, validated_token: Any) -> Any:
        if isinstance(validated_token, IssuerClaims):
            return user_of_claims(validated_token)
        user = user_of_token(validated_token)
        if user is None:
            # The library says why, where it is the account's fault and not the log-in's.
            super().get_user(validated_token)
            raise TokenInvalid
        return user


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """The OpenAPI document says of this class what it says of the library's."""

    target_class = "accounts.authentication.BearerAuthentication"
