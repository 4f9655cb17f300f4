"""Asks providers to carry out operations. The provider is called between two transactions, never inside of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import override

from core import clock
from core.db.locking import lock_rows
from core.errors import NotFound
from core.web.links import shop_url
from orders.models import Order
from orders.selectors import order_link_token
from payments.errors import ExecutionFailed, OutcomeUnknown
from payments.ledger import lock_payment
from payments.models import Payment, PaymentOperation
from payments.operations.asking import ask
from payments.operations.recording import LONGEST_WAIT, Answer, record, wait_after
from payments.operations.requesting import withdraw
from payments.providers import (
    OnlineProvider,
    ProviderDeclined,
    ProviderRequest,
    ProviderResult,
    ProviderUnavailable,
    StartRequest,
    find_online,
)
from payments.selectors import find_operation
from payments.states import IN_FLIGHT, TAKES, OperationKind, OperationState

logger = structlog.get_logger(__name__)

_BATCH = 200


Send = Callable[[OnlineProvider], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """All that one call to a provider needs, read before it, so that nothing is read while it lasts.

    `is_repeated` if an attempt before this one may have reached the provider.
    """

    operation_id: UUID
    payment_id: UUID
    kind: str
    is_repeated: bool
    provider: OnlineProvider | None
    send: Send


def execute(operation_id: UUID, *, now: datetime | None = None) -> PaymentOperation:
    """Carry out an operation and return it as it is then; one that is decided is returned at once.

    Undecided operations of the same payment that were asked for before come first: a payment is not cancelled whose
    start may still arrive. Call it outside of a transaction: RuntimeError else. Raises NotFound.
    """
    for earlier in _undecided_up_to(operation_id):
        if _execute_one(earlier, now).is_in_flight:
            break
    return find_operation(operation_id)


def execute_if_due(operation_id: UUID, *, now: datetime | None = None) -> PaymentOperation:
    """Carry out an operation unless somebody else was asked to and has time left. Raises as execute()."""
    operation = find_operation(operation_id)
    is_due = operation.next_attempt_at is not None and operation.next_attempt_at <= (now or clock.now())
    return execute(operation_id, now=now) if is_due else operation


def execute_due(*, now: datetime | None = None) -> int:
    """Carry out what is due, the longest waiting first; returns how many came to a decision. Safe at any time.

    Raises ExecutionFailed when it is through, if some could not be worked on.
    """
    now = now or clock.now()
    due = PaymentOperation.objects.filter(state__in=IN_FLIGHT, next_attempt_at__lte=now)
    decided, failed = 0, []
    for operation_id in list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:_BATCH]):
        try:
            decided += not execute_if_due(operation_id, now=now).is_in_flight
        except Exception:
            # One that cannot be worked on must not keep the others waiting behind it.
            logger.exception("payment_operation_failed", operation_id=str(operation_id))
            _put_off(operation_id, now)
            failed.append(operation_id)
    if failed:
        raise ExecutionFailed(failed)
    return decided


def _put_off(operation_id: UUID, now: datetime) -> None:
    waiting = PaymentOperation.objects.filter(pk=operation_id, state__in=IN_FLIGHT)
    waiting.update(next_attempt_at=now + LONGEST_WAIT, updated_at=clock.now())


def continue_operation(operation_id: UUID) -> bool:
    """Carry out an operation that a request waits for; whether it is decided (see core.continuations)."""
    return not execute(operation_id).is_in_flight


def continue_asking(payment_id: UUID) -> bool:
    """Ask the provider about a payment, for a request that waits for it; whether nothing is undecided any more.

    Raises OutcomeUnknown if it does not answer.
    """
    findings = ask(payment_id)
    if not findings.is_answered:
        raise OutcomeUnknown
    return not findings.undecided


def _undecided_up_to(operation_id: UUID) -> list[UUID]:
    asked = PaymentOperation.objects.filter(pk=operation_id, state__in=IN_FLIGHT).values_list("payment_id", flat=True)
    of_payment = PaymentOperation.objects.filter(payment__in=asked, state__in=IN_FLIGHT, pk__lte=operation_id)
    return list(of_payment.order_by("pk").values_list("pk", flat=True))


def _execute_one(operation_id: UUID, now: datetime | None) -> PaymentOperation:
    call = _begin(operation_id, now or clock.now())
    if call is None:
        return find_operation(operation_id)
    answer = _answer_known_already(call, now) if call.is_repeated else None
    operation = _record(operation_id, answer or _answer_to(call), now)
    if operation.kind == OperationKind.CANCEL and operation.state == OperationState.DECLINED:
        # Mostly because the money came first: the shop has to know.
        ask(operation.payment_id)
    return operation


@transaction.atomic(durable=True)
def _begin(operation_id: UUID, now: datetime) -> _Call | None:
    """Note the attempt; None if there is nothing to call for."""
    order, payment, operation = _lock(operation_id)
    if not operation.is_in_flight:
        return None
    if payment.status not in TAKES[operation.kind]:
        withdraw(order, payment, operation)
        return None
    operation.attempts += 1
    # Nobody else needs to try until this attempt has had its time.
    operation.next_attempt_at = now + wait_after(operation.attempts)
    operation.save(update_fields=["attempts", "next_attempt_at", "updated_at"])
    return _Call(
        operation_id=operation.pk,
        payment_id=payment.pk,
        kind=operation.kind,
        is_repeated=operation.attempts > 1,
        provider=find_online(payment.provider),
        send=_sender(order, payment, operation),
    )


def _answer_known_already(call: _Call, now: datetime | None) -> Answer | None:
    """Ask what became of the attempts before; None if none of them arrived, so that it may be sent again.

    A provider forgets its keys after a while. So money is not sent twice where its sums already differ from ours.
    """
    if call.provider is None:
        return None
    findings = ask(call.payment_id, now=now)
    if not findings.is_answered:
        return Answer(OperationState.UNDECIDED, "unavailable")
    if call.kind == OperationKind.REFUND and findings.differences:
        return Answer(OperationState.UNDECIDED, "differs", "; ".join(findings.differences))
    return None


def _answer_to(call: _Call) -> Answer:
    if call.provider is None:
        return Answer(OperationState.UNDECIDED, "provider_missing", "The shop does not have this provider any more.")
    try:
        return call.send(call.provider)
    except ProviderDeclined as error:
        return Answer(OperationState.DECLINED, error.code or "declined", error.message)
    except ProviderUnavailable as error:
        return Answer(OperationState.UNDECIDED, "unavailable", str(error))
    except Exception as error:
        # The provider may have done it before its code failed here, so that is as good as no answer.
        logger.exception("payment_provider_failed", operation_id=str(call.operation_id), kind=call.kind)
        return Answer(OperationState.UNDECIDED, "provider_error", type(error).__name__)


@transaction.atomic(durable=True)
def _record(operation_id: UUID, answer: Answer, now: datetime | None) -> PaymentOperation:
    order, payment, operation = _lock(operation_id)
    # Whoever was quicker had the same answer, as the key was the same.
    if operation.is_in_flight:
        record(order, payment, operation, answer, now=now)
    return operation


def _lock(operation_id: UUID) -> tuple[Order, Payment, PaymentOperation]:
    payment_id = PaymentOperation.objects.filter(pk=operation_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise NotFound
    order, payment = lock_payment(payment_id)
    [operation] = lock_rows(PaymentOperation.objects.filter(pk=operation_id))
    return order, payment, operation


def _sender(order: Order, payment: Payment, operation: PaymentOperation) -> Send:
    """Return the call of the provider's method with all that it is told; of the shopper only a start tells."""
    request: dict[str, Any] = {
        "payment_id": payment.pk,
        "reference": payment.provider_reference,
        "amount": operation.amount,
        "key": operation.provider_key,
        "timeout_seconds": settings.PAYMENT_TIMEOUT_SECONDS,
    }
    if operation.kind == OperationKind.START:
        return partial(_start, request=StartRequest(**request, **_told_at_start(order)))
    return partial(_METHODS[operation.kind], request=ProviderRequest(**request))


def _told_at_start(order: Order) -> dict[str, Any]:
    with override(order.language):
        return_url = shop_url(reverse("orders:tracking", args=[order_link_token(order.pk)]))
    return {
        "order_number": order.number,
        "email": order.email,
        "language": order.language,
        "return_url": return_url,
    }


def _start(provider: OnlineProvider, request: StartRequest) -> Answer:
    started = provider.start(request)
    return Answer(OperationState.SUCCEEDED, reference=started.reference, started=started)


def _capture(provider: OnlineProvider, request: ProviderRequest) -> Answer:
    return _done(provider.capture(request))


def _refund(provider: OnlineProvider, request: ProviderRequest) -> Answer:
    return _done(provider.refund(request))


def _cancel(provider: OnlineProvider, request: ProviderRequest) -> Answer:
    return _done(provider.cancel(request))


def _done(result: ProviderResult) -> Answer:
    return Answer(OperationState.SUCCEEDED, reference=result.reference)


_METHODS: Mapping[str, Callable[..., Answer]] = {
    OperationKind.CAPTURE: _capture,
    OperationKind.REFUND: _refund,
    OperationKind.CANCEL: _cancel,
}
