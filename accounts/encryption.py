"""The secrets of the two-step log-in, encrypted where they are stored.

The table holds Fernet tokens (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) under keys derived from
settings.MFA_ENCRYPTION_KEYS: the first one encrypts, all of them decrypt, so that a new one can be put in front.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

logger = structlog.get_logger(__name__)

# Neither base 32 nor hexadecimal digits, as secrets are in the clear, begin so.
_MARK = "fernet:"


class SecondFactorUnreadable(DomainError):
    """No key opens what is stored: MFA_ENCRYPTION_KEYS, or SECRET_KEY in their place, lost the one that did."""

    code = "second_factor_unreadable"
    message = _("The two-step log-in cannot be checked at the moment. Please try again later, or write to us.")
    status = 503


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many accounts' secrets are under the first key now, and the ids of those that no key opens."""

    done: int
    unreadable: list[int]


def encrypt(text: str) -> str:
    """The text as it is stored."""
    return _MARK + _fernet().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """What was stored; also in the clear, as before it was encrypted. Raises SecondFactorUnreadable."""
    if not stored.startswith(_MARK):
        return stored
    try:
        return _fernet().decrypt(stored.removeprefix(_MARK)).decode()
    except InvalidToken as error:
        logger.exception("second_factor_unreadable", remedy="put the former key back into MFA_ENCRYPTION_KEYS")
        raise SecondFactorUnreadable from error


def rotate_keys(*, dry_run: bool = False) -> Rotation:
    """Encrypt all secrets with the first key, an account a transaction; it can run at any time, and again."""
    done, unreadable = 0, []
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            # A recovery code that is used at this moment is marked under the same lock.
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            try:
                row.data = renewed(row.data)
            except SecondFactorUnreadable:
                unreadable.append(pk)
                continue
            if not dry_run:
                row.save(update_fields=["data"])
            done += 1
    return Rotation(done, unreadable)


def renewed(data: dict[str, Any]) -> dict[str, Any]:
    """What an authenticator stores, its secrets encrypted with the first key. Raises SecondFactorUnreadable."""
    return data | {name: _each(value, lambda text: encrypt(decrypt(text))) for name, value in _secrets_in(data)}


def in_the_clear(data: dict[str, Any]) -> dict[str, Any]:
    """What an authenticator stores, without encryption. Raises SecondFactorUnreadable."""
    return data | {name: _each(value, decrypt) for name, value in _secrets_in(data)}


def _secrets_in(data: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, data[name]) for name in ("secret", "seed", "migrated_codes") if data.get(name)]


def _each(value: Any, change: Any) -> Any:
    return [change(text) for text in value] if isinstance(value, list) else change(value)


def _fernet() -> MultiFernet:
    return _fernet_of(tuple(settings.MFA_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _fernet_of(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """A key for this purpose alone: what else is signed with SECRET_KEY does not tell it."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"souk second factor")
    return urlsafe_b64encode(derivation.derive(key.encode()))
