"""One effect for one key, whatever is repeated, killed or sent twice at once.

The claim is a row of its own, committed before the work begins. The answer is written into it by the transaction that
does the work, so there is never one without the other. A claim whose holder died is taken over when its lease is
over; should the holder come back to life, its transaction finds the claim lost and leaves no effect.

Where the work goes on outside of the database (core.continuations), its transaction writes into the claim what it waits
for instead. From then on the work is done: whoever takes the claim over goes on from there, and every outcome, also a
refusal, is the answer that is stored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.continuations import Continuation
from core.db.ids import new_id
from core.db.locking import require_transaction
from core.errors import DomainError
from core.models import IdempotentRequest

_BATCH = 1_000

# Only a claim for the very same request whose lease ran out without an answer is overwritten; any other stays, and
# then no row comes back.
_TAKE = """
INSERT INTO core_idempotentrequest AS held (id, caller, key, fingerprint, lease, leased_until)
VALUES (%(id)s, %(caller)s, %(key)s, %(fingerprint)s, %(lease)s, %(until)s)
ON CONFLICT (caller, key) DO UPDATE
SET lease = EXCLUDED.lease, leased_until = EXCLUDED.leased_until, updated_at = now()
WHERE held.status IS NULL AND held.leased_until <= %(now)s AND held.fingerprint = EXCLUDED.fingerprint
RETURNING held.id, held.continuation, held.continuation_id
"""


class KeyReused(DomainError):
    """The caller used the key for another request before."""

    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request.")
    status = 422


class InFlight(DomainError):
    """The same request is at work, or was cut off and its lease is not over yet."""

    code = "idempotency_in_flight"
    message = _("The same request is being worked on. Please ask again in a moment.")
    retry_after = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work of a request; `lease` tells it from those before and after.

    With a `continuation`, another holder has committed the work, and this one carries on with what it waits for.
    """

    id: UUID
    lease: UUID
    continuation: Continuation | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the request was answered when its work was done."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def claim_request(*, caller: str, key: str, fingerprint: str, now: datetime | None = None) -> Claim | StoredAnswer:
    """The right to do the work, or the answer if it is done. Call it outside of a transaction, so that it is committed.

    The fingerprint stands for all that makes two requests the same. Raises KeyReused or InFlight.
    """
    now = now or clock.now()
    while (claim := _take(caller, key, fingerprint, now)) is None:
        held = IdempotentRequest.objects.filter(caller=caller, key=key).first()
        # None: it was given up since we tried, so we try again.
        if held is not None:
            return _answer_of(held, fingerprint)
    return claim


@contextmanager
def work_on(claim: Claim) -> Iterator[None]:
    """The transaction of a claim's work. Whatever is raised in it undoes the work, and frees the key to try again."""
    try:
        with transaction.atomic():
            yield
    except Exception:
        # Whatever it was, and it goes on: a claim that stayed would refuse every retry until its lease is over.
        give_up(claim)
        raise


def store_answer(claim: Claim, answer: StoredAnswer) -> None:
    """Keep the answer beside its effect. Needs the effect's transaction; InFlight undoes it if the claim was lost."""
    require_transaction()
    stored = _held(claim).update(status=answer.status, headers=dict(answer.headers), body=answer.body)
    if not stored:
        raise InFlight


def commit_to(claim: Claim, continuation: Continuation) -> None:
    """Write what the work waits for beside its effect. Needs its transaction; InFlight if the claim was lost."""
    require_transaction()
    committed = _held(claim).update(continuation=continuation.kind, continuation_id=continuation.id)
    if not committed:
        raise InFlight


def store_outcome(claim: Claim, answer: StoredAnswer) -> None:
    """Keep the answer of work that was committed before and is decided now, whatever it is.

    Whoever took the claim over meanwhile stores the same outcome.
    """
    _held(claim).update(status=answer.status, headers=dict(answer.headers), body=answer.body)


def release(claim: Claim) -> None:
    """End the lease of work that is committed and not decided yet, so that who asks again carries on at once."""
    _held(claim).update(leased_until=clock.now())


def give_up(claim: Claim) -> None:
    """Free the key of a request that had no effect. A claim that is lost, committed, or has its answer, stays."""
    _held(claim).filter(continuation_id=None).delete()


def _held(claim: Claim) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.filter(pk=claim.id, lease=claim.lease, status=None)


def sweep_idempotent_requests(*, now: datetime | None = None) -> int:
    """Forget the keys whose lease ended IDEMPOTENCY_KEEP_HOURS ago, in batches; returns how many. Safe at any time."""
    until = (now or clock.now()) - timedelta(hours=settings.IDEMPOTENCY_KEEP_HOURS)
    old = IdempotentRequest.objects.filter(leased_until__lt=until).order_by("leased_until")
    swept = 0
    while batch := list(old.values_list("pk", flat=True)[:_BATCH]):
        # Asked again: a key may have been claimed anew since the batch was read.
        swept += IdempotentRequest.objects.filter(pk__in=batch, leased_until__lt=until).delete()[0]
    return swept


def _take(caller: str, key: str, fingerprint: str, now: datetime) -> Claim | None:
    lease = new_id()
    until = now + timedelta(seconds=settings.IDEMPOTENCY_LEASE_SECONDS)
    row: dict[str, Any] = {"id": new_id(), "caller": caller, "key": key, "fingerprint": fingerprint, "lease": lease}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {**row, "until": until, "now": now})
        taken = cursor.fetchone()
    if taken is None:
        return None
    claim_id, kind, continuation_id = taken
    return Claim(claim_id, lease, Continuation(kind, continuation_id) if continuation_id else None)


def _answer_of(held: IdempotentRequest, fingerprint: str) -> StoredAnswer:
    if held.fingerprint != fingerprint:
        raise KeyReused
    if held.status is None or held.headers is None or held.body is None:
        raise InFlight
    return StoredAnswer(held.status, held.headers, bytes(held.body))
