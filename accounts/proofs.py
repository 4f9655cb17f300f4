"""Who takes their data or has themselves erased shows afresh who they are.

Whoever has a password gives it. Who logs in elsewhere has none here: they have logged in there within the last minutes,
as their token says, or give a code that was mailed to their confirmed address and works once. A token alone is not
enough: it may be an hour old, and in somebody else's hands by now.
"""

import secrets
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import services
from accounts.errors import (
    InvalidProof,
    NoConfirmedAddress,
    PasswordRequired,
    ProofRequired,
    TooManyAttempts,
    WrongPassword,
)
from accounts.models import ProofCode, User
from accounts.security import Kind, record_event
from accounts.selectors import has_confirmed
from core import clock
from core.db.locking import lock_rows
from core.text.codes import bare_code

# How long a code works, as its mail says, and for how long a log-in counts as fresh.
_GOOD_FOR = timedelta(minutes=10)
_DIGITS = 8
_GUESSES = 5


def send_proof_code(*, user: User, vouched_email: str | None = None) -> None:
    """Mail a code to somebody without a password; one that was sent before ends. Needs a request at hand.

    The address is the account's, if the shop has confirmed it or the issuer of the token vouches for it. Raises
    PasswordRequired, NoConfirmedAddress, or TooManyAttempts when mails pile up.
    """
    if user.has_usable_password():
        raise PasswordRequired
    if not _is_confirmed(user, vouched_email):
        raise NoConfirmedAddress
    if not ratelimit.consume(context.request, action="proof_mail", key=str(user.pk)):
        raise TooManyAttempts
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    values = {"digest": _digest(user, code), "failed": 0, "expires_at": clock.now() + _GOOD_FOR}
    ProofCode.objects.update_or_create(user=user, defaults=values)
    record_event(Kind.CODE_ASKED, user)
    get_adapter().send_proof_code_mail(user, code)


def require_proof(*, user: User, password: str = "", code: str = "", logged_in_at: datetime | None = None) -> None:
    """Pass who shows who they are; a code is used up by it. `logged_in_at` is when the token says that they did.

    Raises WrongPassword, or for who has none InvalidProof for a wrong, old or used code and ProofRequired without one;
    TooManyAttempts when guesses at a password pile up.
    """
    if user.has_usable_password():
        if not password:
            # Nobody guesses at an empty one, so it does not count as a guess.
            raise WrongPassword(field="password")
        services.require_password(user=user, password=password)
    elif code:
        _require_code(user, bare_code(code))
    elif not _is_fresh(logged_in_at):
        raise ProofRequired(field="code")


def _require_code(user: User, code: str) -> None:
    if not _use_code(user, code):
        record_event(Kind.LOG_IN_FAILED, user)
        raise InvalidProof(field="code")


@transaction.atomic
def _use_code(user: User, code: str) -> bool:
    waiting = lock_rows(ProofCode.objects.filter(user=user, expires_at__gt=clock.now(), failed__lt=_GUESSES))
    if not waiting:
        return False
    [sent] = waiting
    if not constant_time_compare(sent.digest, _digest(user, code)):
        sent.failed += 1
        sent.save(update_fields=["failed"])
        return False
    sent.delete()
    return True


def _is_fresh(logged_in_at: datetime | None) -> bool:
    if logged_in_at is None:
        return False
    skew = timedelta(seconds=settings.TOKEN_CLOCK_SKEW_SECONDS)
    return -skew <= clock.now() - logged_in_at <= _GOOD_FOR


def _is_confirmed(user: User, vouched_email: str | None) -> bool:
    if not user.email:
        return False
    return user.email == vouched_email or has_confirmed(user, user.email)


def _digest(user: User, code: str) -> str:
    # Keyed: whoever reads the table cannot try out all codes.
    return salted_hmac("accounts.proofs", f"{user.pk}:{code}", algorithm="sha256").hexdigest()
