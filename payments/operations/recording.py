"""Records what became of an operation, with what follows for its payment and order, under their locks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from core import clock
from core.context import current_door
from core.db.locking import require_transaction
from core.text.redaction import redact_text
from orders.models import Order
from payments import ledger
from payments.ledger import Cause
from payments.models import Payment, PaymentOperation, PaymentOperationStep
from payments.providers import ProviderState, Started
from payments.states import FINAL, TAKES, OperationKind, OperationState, PaymentState

LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """The state that an operation comes to. A decline or an unknown outcome has a code; a start says how it is now."""

    state: OperationState
    code: str = ""
    message: str = ""
    reference: str = ""
    started: Started | None = None


def record(
    order: Order, payment: Payment, operation: PaymentOperation, answer: Answer, *, now: datetime | None = None
) -> None:
    """Write an answer to a locked operation that is in flight, and what follows from it. Needs a transaction."""
    require_transaction()
    now = now or clock.now()
    is_final = answer.state in FINAL
    operation.state = answer.state
    operation.error_code, operation.error_message = answer.code[:100], redact_text(answer.message)[:500]
    operation.provider_reference = answer.reference[:255]
    operation.decided_at = now if is_final else None
    operation.next_attempt_at = None if is_final else now + wait_after(operation.attempts)
    operation.save()
    PaymentOperationStep.objects.create(
        operation=operation,
        state=operation.state,
        attempt=operation.attempts,
        code=operation.error_code,
        message=operation.error_message,
        entry_point=current_door(),
    )
    follow = _CONSEQUENCES.get((operation.kind, operation.state))
    # What came to its end by another way stays; check_integrity tells of a success that left no transaction.
    if follow and payment.status in TAKES[operation.kind]:
        cause = Cause(actor=operation.actor, note=operation.note or operation.error_message, operation=operation)
        follow(order, payment, answer, cause)
        ledger.recompute(order, operation.actor)


def take_over_state(order: Order, payment: Payment, started: Started, cause: Cause) -> bool:
    """Bring a locked payment to the state that its provider has it in; whether that changed anything.

    A payment that has come to its end stays. The caller has the order recomputed.
    """
    if started.reference and not payment.provider_reference:
        payment.provider_reference = started.reference
        payment.save(update_fields=["provider_reference", "updated_at"])
    move = _MOVES.get((payment.status, started.state))
    if move is not None:
        move(order, payment, cause)
        return True
    url = started.next_action.url if started.next_action else ""
    if payment.status == PaymentState.PENDING and payment.redirect_url != url:
        payment.redirect_url = url
        payment.save(update_fields=["redirect_url", "updated_at"])
        return True
    return False


def wait_after(attempts: int) -> timedelta:
    """How long after so many attempts the next one is due: twice as long each time, an hour at most."""
    seconds = settings.PAYMENT_TIMEOUT_SECONDS * 2 ** min(attempts, 20)
    return min(timedelta(seconds=seconds), LONGEST_WAIT)


def _start(order: Order, payment: Payment, answer: Answer, cause: Cause) -> None:
    if answer.started is not None:
        take_over_state(order, payment, answer.started, cause)


def _capture(order: Order, payment: Payment, answer: Answer, cause: Cause) -> None:
    ledger.capture(order, payment, cause)


def _refund(order: Order, payment: Payment, answer: Answer, cause: Cause) -> None:
    if cause.operation is not None:
        ledger.refund(payment, cause.operation.amount_minor, cause)


def _void(order: Order, payment: Payment, answer: Answer, cause: Cause) -> None:
    ledger.void(payment, cause)


def _fail(order: Order, payment: Payment, answer: Answer, cause: Cause) -> None:
    ledger.fail(payment, cause)


# What a provider's answer does to the payment; of anything else the payment stays as it is.
_CONSEQUENCES: Mapping[tuple[str, str], Callable[[Order, Payment, Answer, Cause], None]] = {
    (OperationKind.START, OperationState.SUCCEEDED): _start,
    (OperationKind.START, OperationState.DECLINED): _fail,
    (OperationKind.START, OperationState.WITHDRAWN): _void,
    (OperationKind.CAPTURE, OperationState.SUCCEEDED): _capture,
    (OperationKind.REFUND, OperationState.SUCCEEDED): _refund,
    (OperationKind.CANCEL, OperationState.SUCCEEDED): _void,
}

# What is written for a payment of a state that its provider has in another.
_MOVES: Mapping[tuple[str, str], Callable[[Order, Payment, Cause], None]] = {
    (PaymentState.PENDING, ProviderState.AUTHORIZED): lambda order, payment, cause: ledger.authorize(payment, cause),
    (PaymentState.PENDING, ProviderState.CAPTURED): ledger.capture,
    (PaymentState.PENDING, ProviderState.FAILED): lambda order, payment, cause: ledger.fail(payment, cause),
    (PaymentState.PENDING, ProviderState.CANCELLED): lambda order, payment, cause: ledger.void(payment, cause),
    (PaymentState.AUTHORIZED, ProviderState.CAPTURED): ledger.capture,
    (PaymentState.AUTHORIZED, ProviderState.FAILED): lambda order, payment, cause: ledger.fail(payment, cause),
    (PaymentState.AUTHORIZED, ProviderState.CANCELLED): lambda order, payment, cause: ledger.void(payment, cause),
}
