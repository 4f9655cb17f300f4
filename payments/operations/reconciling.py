"""Holds the shop's payments against their providers' and settles what is undecided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q

from core import clock
from payments.models import Payment, PaymentOperation
from payments.operations.asking import Findings, ask, summary_of
from payments.operations.executing import execute
from payments.providers import online_codes
from payments.states import IN_FLIGHT, OPEN_PAYMENTS

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A payment with what was found of it."""

    payment: Payment
    findings: Findings


def reconcile(*, days: int = 0, is_dry_run: bool = False, now: datetime | None = None) -> Iterator[Reconciliation]:
    """Ask about every payment that is open at its provider or has an undecided operation, and settle it.

    Also about those of the last so many days, whose sums are compared. What the provider has never heard of is asked
    for again with its key. With `is_dry_run` nothing is written and nothing is asked for. Call it outside of a
    transaction.
    """
    for payment in _payments_to_ask_about(days, now or clock.now()):
        try:
            findings = _settle(payment.pk, is_dry_run=is_dry_run, now=now)
        except Exception as error:
            # One payment that cannot be worked on must not keep the others from being settled.
            logger.exception("payment_not_reconciled", payment_id=str(payment.pk))
            findings = Findings(payment.pk, is_answered=False, differences=[type(error).__name__])
        yield Reconciliation(payment, findings)


def _settle(payment_id: UUID, *, is_dry_run: bool, now: datetime | None) -> Findings:
    findings = ask(payment_id, is_dry_run=is_dry_run, now=now)
    if findings.undecided and findings.is_answered and not is_dry_run:
        return _carry_out(payment_id, findings, now)
    if findings.differences:
        # Something may have been recorded between the provider's answer and the look at the ledger.
        return _ask_again(payment_id, findings, is_dry_run=is_dry_run, now=now)
    return findings


def _payments_to_ask_about(days: int, now: datetime) -> list[Payment]:
    undecided = PaymentOperation.objects.filter(payment=OuterRef("pk"), state__in=IN_FLIGHT)
    online = Q(provider__in=online_codes(), source=None)
    wanted = online & (Q(status__in=OPEN_PAYMENTS) | Q(created_at__gte=now - timedelta(days=days)))
    return list(Payment.objects.filter(wanted | Exists(undecided)).select_related("order").order_by("pk"))


def _carry_out(payment_id: UUID, findings: Findings, now: datetime | None) -> Findings:
    """Carry out what the provider had not heard of, and ask once more."""
    for operation_id in findings.undecided:
        operation = execute(operation_id, now=now)
        if not operation.is_in_flight:
            findings.recorded.append(summary_of(operation))
    return _ask_again(payment_id, findings, is_dry_run=False, now=now)


def _ask_again(payment_id: UUID, findings: Findings, *, is_dry_run: bool, now: datetime | None) -> Findings:
    after = ask(payment_id, is_dry_run=is_dry_run, now=now)
    if not is_dry_run:
        after.recorded = findings.recorded + after.recorded
    return after
