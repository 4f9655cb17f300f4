"""What happened to the ways into an account: kept for its owner and for staff, and never changed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from accounts.devices import device_name
from accounts.models import SecurityEvent, User
from core.context import current_work
from core.web.callers import client_address

Kind = SecurityEvent.Kind
# A lock is noted once while it lasts, so that whoever hammers at it does not fill the table.
_LOCK_NOTED_SECONDS = 300
_KEPT = "accounts.SecurityEvent:kept"
_CHUNK = 5_000


def record_event(kind: SecurityEvent.Kind, user: User | None) -> None:
    """Keep that it happened, with the door, the address and the device of the request at hand.

    The user is None where somebody tried a name that nobody has.
    """
    request, work = context.request, current_work()
    actor = work.actor()
    SecurityEvent.objects.create(
        user=user,
        kind=kind,
        actor_id=actor if user and actor != user.pk else None,
        door=work.door,
        request_id=work.reference[:64],
        address=client_address(request) if request else None,
        device=device_name(request.headers.get("User-Agent", "")) if request else "",
    )


def record_lock(user: User | None) -> None:
    """Keep that an account, or else an address, was locked out: once for as long as a lock lasts."""
    request = context.request
    whom = user.pk if user else client_address(request) if request else None
    if cache.add(f"lock-noted:{whom}", 1, timeout=_LOCK_NOTED_SECONDS):
        record_event(Kind.LOCKED, user)


def record_erasure(user: User) -> None:
    """Forget what happened to the ways in, and keep that all of it was erased. Needs the erasure's transaction."""
    with _forgetting():
        SecurityEvent.objects.filter(user=user).delete()
    work = current_work()
    SecurityEvent.objects.create(user=user, kind=Kind.ERASED, door=work.door, request_id=work.reference[:64])


def prune_security_events(*, before: datetime, dry_run: bool = False) -> int:
    """Forget what happened before a moment, a chunk a transaction. Returns how many; a dry run only counts."""
    old = SecurityEvent.objects.filter(created_at__lt=before)
    if dry_run:
        return old.count()
    forgotten = 0
    while True:
        with transaction.atomic(), _forgetting():
            chunk = list(old.order_by("created_at").values_list("pk", flat=True)[:_CHUNK])
            deleted, _ = SecurityEvent.objects.filter(pk__in=chunk).delete()
        forgotten += deleted
        if len(chunk) < _CHUNK:
            return forgotten


@contextmanager
def _forgetting() -> Iterator[None]:
    """Let events be deleted. The trigger is asked at once in here, while it is told to look away."""
    with pgtrigger.ignore(_KEPT):
        pgtrigger.constraints(pgtrigger.Immediate, _KEPT)
        yield
        pgtrigger.constraints(pgtrigger.Deferred, _KEPT)


def events_of(user: User) -> QuerySet[SecurityEvent]:
    """What happened to somebody's ways in, newest first."""
    return SecurityEvent.objects.filter(user=user).order_by("-created_at", "-id")


# --- What Django and allauth tell -----------------------------------------------------------------


def logged_in(*, user: User, **_signal: Any) -> None:
    record_event(Kind.LOGGED_IN, user)


def logged_out(*, user: User | None, **_signal: Any) -> None:
    # Who has just been erased leaves no more traces.
    if isinstance(user, User) and User.objects.filter(pk=user.pk, erased_at=None).exists():
        record_event(Kind.LOGGED_OUT, user)


def password_changed(*, user: User, **_signal: Any) -> None:
    record_event(Kind.PASSWORD_CHANGED, user)


def password_reset(*, user: User, **_signal: Any) -> None:
    record_event(Kind.PASSWORD_RESET, user)


def email_changed(*, user: User, from_email_address: EmailAddress | None, **_signal: Any) -> None:
    # Without one before, an address was confirmed and none was changed.
    if from_email_address is not None:
        record_event(Kind.EMAIL_CHANGED, user)


def authenticator_added(*, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        record_event(Kind.SECOND_FACTOR_ON, user)


def authenticator_removed(*, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        record_event(Kind.SECOND_FACTOR_OFF, user)


def authenticator_used(*, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_event(Kind.RECOVERY_CODE_USED, user)


def code_failed(*, user: User, **_signal: Any) -> None:
    record_event(Kind.LOG_IN_FAILED, user)
