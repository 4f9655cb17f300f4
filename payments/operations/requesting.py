"""Writes operations, in the transaction of what they follow from."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from core.context import current_door
from core.db.locking import lock_rows, require_transaction
from core.money import Money
from core.outbox.services import emit
from orders.models import Order
from payments.errors import OperationInFlight
from payments.events import PaymentEvent
from payments.models import Payment, PaymentOperation, PaymentOperationStep
from payments.operations.recording import Answer, record
from payments.states import IN_FLIGHT, OperationKind, OperationState


def request_operation(
    *,
    payment: Payment,
    kind: OperationKind,
    amount: Money,
    actor: User | None,
    note: str = "",
    is_awaited: bool,
    now: datetime | None = None,
) -> PaymentOperation:
    """Write what the provider of a locked payment is to do. Needs a transaction.

    If it `is_awaited`, the caller carries it out after the commit, and others step in only when that took too long.
    Raises OperationInFlight if one of the kind is undecided.
    """
    require_transaction()
    if PaymentOperation.objects.filter(payment=payment, kind=kind, state__in=IN_FLIGHT).exists():
        raise OperationInFlight
    now = now or clock.now()
    operation = PaymentOperation.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount.minor,
        currency=amount.currency,
        next_attempt_at=now + patience() if is_awaited else now,
        note=note[:250],
        actor=actor,
        entry_point=current_door(),
    )
    PaymentOperationStep.objects.create(
        operation=operation, state=operation.state, attempt=0, entry_point=operation.entry_point
    )
    emit(event_type=PaymentEvent.OPERATION_REQUESTED, aggregate=payment, operation=operation.pk)
    return operation


def in_flight_operations(payment: Payment) -> dict[str, PaymentOperation]:
    """Lock the undecided operations of a locked payment and return them by kind. Needs a transaction."""
    return {one.kind: one for one in lock_rows(PaymentOperation.objects.filter(payment=payment, state__in=IN_FLIGHT))}


def withdraw(order: Order, payment: Payment, operation: PaymentOperation, *, reason: str = "") -> None:
    """End a locked operation that is not needed any more; of a start, the payment ends with it."""
    message = reason or str(_("The payment had come to an end already."))
    record(order, payment, operation, Answer(OperationState.WITHDRAWN, message=message))


def patience() -> timedelta:
    """How long whoever asked for an operation may take to carry it out: twice what a provider may take to answer."""
    return timedelta(seconds=2 * settings.PAYMENT_TIMEOUT_SECONDS)
