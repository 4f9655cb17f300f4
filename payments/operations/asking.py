"""Asks a provider what it has of a payment, and records what the shop did not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import NotFound
from core.money import Money
from payments import ledger
from payments.ledger import Cause, lock_payment
from payments.models import Payment, PaymentOperation, PaymentTransaction
from payments.operations.recording import Answer, record, take_over_state
from payments.operations.requesting import in_flight_operations
from payments.providers import (
    PaymentQuestion,
    ProviderPayment,
    ProviderState,
    ProviderUnavailable,
    Started,
    find_online,
)
from payments.states import OperationKind, OperationState

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Findings:
    """What an answer told: what was recorded of it, what differs from the shop's ledger, what is still undecided."""

    payment_id: UUID
    is_answered: bool = True
    recorded: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    undecided: list[UUID] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether shop and provider agree and nothing is open."""
        return self.is_answered and not self.differences and not self.undecided


def ask(
    payment_id: UUID, *, is_dry_run: bool = False, event_id: str | None = None, now: datetime | None = None
) -> Findings:
    """Look up a payment at its provider and record what became of it; with `is_dry_run`, only tell what would be.

    Operations whose keys the provider has never seen stay undecided. Call it outside of a transaction: RuntimeError
    else. Raises NotFound.
    """
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise NotFound
    findings = Findings(payment_id)
    answered, seen = _look_up(payment)
    findings.is_answered = answered
    with transaction.atomic(durable=True):
        _take_over(payment_id, seen, findings, event_id=event_id, now=now or clock.now())
        transaction.set_rollback(is_dry_run)
    return findings


def _look_up(payment: Payment) -> tuple[bool, ProviderPayment | None]:
    """Whether the provider answered, and what it has of the payment."""
    provider = find_online(payment.provider)
    if provider is None:
        return False, None
    _require_no_transaction()
    question = PaymentQuestion(
        payment_id=payment.pk,
        reference=payment.provider_reference,
        timeout_seconds=settings.PAYMENT_TIMEOUT_SECONDS,
    )
    try:
        return True, provider.fetch(question)
    except ProviderUnavailable:
        return False, None
    except Exception:
        # A fault in a provider's code must not keep the other payments from being asked about.
        logger.exception("payment_provider_failed", payment_id=str(payment.pk), kind="fetch")
        return False, None


def _require_no_transaction() -> None:
    with transaction.atomic(durable=True):
        pass


def _take_over(
    payment_id: UUID, seen: ProviderPayment | None, findings: Findings, *, event_id: str | None, now: datetime
) -> None:
    order, payment = lock_payment(payment_id)
    for operation in in_flight_operations(payment).values():
        answer = _answer_from(payment, operation, seen) if seen else None
        if answer is None:
            findings.undecided.append(operation.pk)
            continue
        record(order, payment, operation, answer, now=now)
        findings.recorded.append(summary_of(operation))
    if seen is None:
        if findings.is_answered and payment.provider_reference:
            findings.differences.append(_("The provider does not know this payment."))
        return
    cause = Cause(note=_("Reported by the provider"), event_id=_unless_recorded(payment, event_id))
    # A part of the money is no capture here, where a payment is captured whole: it stays, and is told as a difference.
    if _is_as_asked(payment, seen) and take_over_state(order, payment, _started(seen), cause):
        ledger.recompute(order, None)
        findings.recorded.append(f"{payment.amount}: {payment.get_status_display()}")
    findings.differences += _differences(payment, seen)


def _unless_recorded(payment: Payment, event_id: str | None) -> str | None:
    """The event's id unless it led to a transaction before: told again, it may find the payment further on."""
    if event_id is None:
        return None
    known = PaymentTransaction.objects.filter(provider=payment.provider, event_id=event_id)
    return None if known.exists() else event_id


def summary_of(operation: PaymentOperation) -> str:
    """An operation and its state in a few words."""
    return f"{operation.get_kind_display()} {operation.amount}: {operation.get_state_display()}"


def _answer_from(payment: Payment, operation: PaymentOperation, seen: ProviderPayment) -> Answer | None:
    """What became of an operation: by its key, or else by the state that the payment could not have without it."""
    outcome = seen.outcomes.get(operation.provider_key)
    if outcome is not None and not outcome.is_done:
        return Answer(OperationState.DECLINED, outcome.code or "declined", outcome.message)
    if operation.kind in _TAKE_MONEY and not _is_as_asked(payment, seen):
        return None
    if outcome is None and seen.state not in _PROVES.get(operation.kind, frozenset()):
        return None
    if operation.kind == OperationKind.START:
        return Answer(OperationState.SUCCEEDED, reference=seen.reference, started=_started(seen))
    return Answer(OperationState.SUCCEEDED, reference=outcome.reference if outcome else "")


_TAKE_MONEY = frozenset({OperationKind.START, OperationKind.CAPTURE})
# A payment of these states had the operation carried out; a refund is known by its key alone.
_PROVES: Mapping[str, frozenset[ProviderState]] = {
    OperationKind.START: frozenset(ProviderState),
    OperationKind.CAPTURE: frozenset({ProviderState.CAPTURED}),
    OperationKind.CANCEL: frozenset({ProviderState.CANCELLED}),
}


def _is_as_asked(payment: Payment, seen: ProviderPayment) -> bool:
    """Whether the provider has the payment that the shop knows, and all of its money if it was captured."""
    is_known = payment.provider_reference in {"", seen.reference}
    return is_known and (seen.state != ProviderState.CAPTURED or seen.captured_minor == payment.amount_minor)


def _started(seen: ProviderPayment) -> Started:
    return Started(reference=seen.reference, state=seen.state, next_action=seen.next_action)


def _differences(payment: Payment, seen: ProviderPayment) -> list[str]:
    """Sums and references that the provider has otherwise than the shop's ledger."""
    sums = ledger.moved(payment)
    pairs = (
        (_("captured"), sums.captured, seen.captured_minor),
        (_("refunded"), sums.refunded, seen.refunded_minor),
    )
    told = [
        _("%(what)s: %(provider)s at the provider, %(shop)s here")
        % {"what": what, "provider": Money(theirs, payment.currency), "shop": Money(ours, payment.currency)}
        for what, ours, theirs in pairs
        if ours != theirs
    ]
    if payment.provider_reference != seen.reference:
        told.append(
            _("reference: %(provider)s at the provider, %(shop)s here")
            % {"provider": seen.reference, "shop": payment.provider_reference}
        )
    return told
