"""Access tokens of another issuer (Cognito, Keycloak, Auth0 and the like), held against the keys that it publishes.

The keys are fetched from TOKEN_JWKS_URL and kept in each process. A token that names an unknown key has them fetched
anew, at most every half minute: that is how the issuer's next keys arrive. While the issuer cannot be reached its last
keys stay good for an hour; without any, the answer is 503 at once, and the issuer is asked again after some seconds.
"""

import time
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

# Public keys only: a token signed with a shared secret, or not at all, is refused whatever its header says.
ALGORITHMS = ["RS256", "ES256"]
_REQUIRED = ["exp", "iss", "sub"]
# What only ID tokens have (OpenID Connect Core, sections 2 and 3.3.2.11) and log-out tokens (Back-Channel Logout, 2.4).
_NEVER_OF_ACCESS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
_KEYS_LAST = 300
_COOLDOWN = 30
_TIMEOUT = 3
_RETRY_AFTER = 15
_STALE_UNTIL = 3600


class IssuerTokenInvalid(DomainError):
    """The token is forged, has run out, or was made for somebody else."""

    code = "token_not_valid"
    message = _("The token is invalid or expired. Please log in again.")
    status = 401


class IssuerUnreachable(DomainError):
    """The keys are not to be had, so no token can be held against them."""

    code = "issuer_unreachable"
    message = _("The log-in service cannot be reached at the moment. Please try again shortly.")
    status = 503
    retry_after = _RETRY_AFTER


class IssuerKeys(jwt.PyJWKClient):
    """The library's client, which besides remembers a failure and outlives one with the keys that it had."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri, lifespan=_KEYS_LAST, timeout=_TIMEOUT, cooldown_duration=_COOLDOWN)
        self._last_keys: Any = None
        self._good_at = self._failed_at = float("-inf")

    def fetch_data(self) -> Any:
        """The published keys, or the last ones while they cannot be had. Raises IssuerUnreachable."""
        now = time.monotonic()
        if now - self._failed_at >= _RETRY_AFTER:
            try:
                self._last_keys, self._good_at = super().fetch_data(), now
            except (jwt.PyJWTError, OSError, ValueError):
                # From the end of the attempt: what took its three seconds is not tried again at once.
                self._failed_at = time.monotonic()
            else:
                return self._last_keys
        if now - self._good_at < _STALE_UNTIL:
            return self._last_keys
        raise IssuerUnreachable


@lru_cache(maxsize=4)
def keys_of(url: str) -> IssuerKeys:
    """The keys published at an address, shared by all requests of this process."""
    return IssuerKeys(url)


def is_from_issuer(raw: bytes | str) -> bool:
    """Whether a token says that it comes from TOKEN_ISSUER. Nothing is checked yet; ours name no issuer."""
    if not settings.TOKEN_JWKS_URL:
        return False
    try:
        claims = jwt.decode(raw, options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    return bool(claims.get("iss") == settings.TOKEN_ISSUER)


def read_issuer_token(raw: bytes | str) -> dict[str, Any]:
    """The claims of an access token of TOKEN_ISSUER for TOKEN_AUDIENCE.

    Signature, issuer, audience, time, subject and kind are checked, the time with TOKEN_CLOCK_SKEW_SECONDS of grace.
    Raises IssuerTokenInvalid or IssuerUnreachable.
    """
    try:
        header = jwt.get_unverified_header(raw)
        key = keys_of(settings.TOKEN_JWKS_URL).get_signing_key_from_jwt(raw)
        claims: dict[str, Any] = jwt.decode(
            raw,
            key,
            algorithms=ALGORITHMS,
            issuer=settings.TOKEN_ISSUER,
            leeway=settings.TOKEN_CLOCK_SKEW_SECONDS,
            options={"require": _REQUIRED, "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        raise IssuerTokenInvalid from error
    if not (_is_for_us(claims) and _is_access_token(header, claims) and _names_somebody(claims)):
        raise IssuerTokenInvalid
    return claims


def _is_for_us(claims: dict[str, Any]) -> bool:
    # Cognito's access tokens have no `aud`; they name the application in `client_id`.
    named = claims["aud"] if "aud" in claims else claims.get("client_id")
    return bool(settings.TOKEN_AUDIENCE in (named if isinstance(named, list) else [named]))


def _is_access_token(header: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Issuers sign with the same keys what tells an application who somebody is, and more: none of that opens the API.

    An access token says so in its header (RFC 9068), in a claim (Keycloak, Cognito), or by naming its scope.
    """
    if "crit" in header or not _NEVER_OF_ACCESS.isdisjoint(claims):
        return False
    marks = [
        _says(header, "typ", "at+jwt"),
        _says(claims, "typ", "bearer"),
        _says(claims, "token_use", "access"),
    ]
    if False in marks:
        return False
    return True in marks or "scope" in claims or "scp" in claims or not settings.TOKEN_REQUIRE_TYPE


def _says(where: dict[str, Any], name: str, wanted: str) -> bool | None:
    """Whether a mark has this value, in whatever letter case; None for no mark, and for the JWT that all tokens are."""
    said = where.get(name, "JWT")
    if not isinstance(said, str):
        return False
    said = said.lower().removeprefix("application/")
    return None if said == "jwt" else said == wanted


def _names_somebody(claims: dict[str, Any]) -> bool:
    subject = claims["sub"]
    return 0 < len(subject) <= 255 and subject.isprintable()
