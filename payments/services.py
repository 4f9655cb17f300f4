"""Writes to payments: Order is locked first, then Payment; the order's payment status is recomputed every time.

What settles by hand is recorded at once. Of a provider that collects online, the same calls write the operation that
asks for it, in the same transaction; who called carries it out after the commit (payments.operations).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.continuations import Continuation
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidInput, InvalidTransition
from core.fast.rows import add
from core.money import Money
from orders.models import Order
from orders.states import OrderStatus
from payments import ledger
from payments.errors import OperationInFlight, RefundBeyondOwed
from payments.ledger import Cause, lock_payment
from payments.models import Payment, PaymentOperation
from payments.operations import in_flight_operations, request_operation, withdraw
from payments.selectors import settles_online
from payments.states import OPEN_PAYMENTS, OperationKind, PaymentState


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChange:
    """Money that was recorded, or, with an `operation`, that the provider is asked to move after the commit."""

    payment: Payment
    amount: Money
    operation: PaymentOperation | None = None

    @property
    def continuation(self) -> Continuation | None:
        """What goes on after the commit, if anything."""
        return Continuation("payments.operation", self.operation.pk) if self.operation else None


def open_payment(*, order: Order, provider: str, actor: User | None, amount: Money | None = None) -> Payment | None:
    """Note that a provider is to collect what is due, or an amount of it; None if nothing is due.

    Call it in a transaction, order locked.

    One that collects online is to be asked for it after the commit; payments.selectors.start_in_flight() names the
    operation.
    """
    require_transaction()
    if order.due.minor > 0:
        # A payment that waits brings no money, so the order's sums stay as they are.
        asked = amount or order.due
        payment = add(Payment(order=order, provider=provider, amount_minor=asked.minor, currency=order.currency))
        if settles_online(payment):
            request_operation(
                payment=payment, kind=OperationKind.START, amount=payment.amount, actor=actor, is_awaited=True
            )
        return payment
    ledger.recompute(order, actor)
    return None


@transaction.atomic
def capture_payment(
    *,
    payment_id: UUID,
    actor: User | None,
    event_id: str | None = None,
    note: str = "",
    is_awaited: bool = True,
    now: datetime | None = None,
) -> PaymentChange:
    """Record that a payment's whole amount has arrived, or ask the provider that authorised it for the money.

    Doing it again changes nothing. `is_awaited` says whether the caller carries out the operation (see
    request_operation). Raises NotFound, InvalidTransition for a payment that failed, was voided, belongs to a cancelled
    order or is not authorised yet, or OperationInFlight.
    """
    order, payment = lock_payment(payment_id)
    if payment.status == PaymentState.CAPTURED:
        return PaymentChange(payment=payment, amount=payment.amount)
    if order.status == OrderStatus.CANCELLED:
        raise InvalidTransition(_("The order is cancelled."), details={"order": order.number})
    if settles_online(payment):
        operation = _request_capture(payment, actor, note, is_awaited)
        return PaymentChange(payment=payment, amount=payment.amount, operation=operation)
    ledger.capture(order, payment, Cause(actor=actor, note=note, event_id=event_id), now=now)
    ledger.recompute(order, actor)
    return PaymentChange(payment=payment, amount=payment.amount)


def _request_capture(payment: Payment, actor: User | None, note: str, is_awaited: bool) -> PaymentOperation:
    if payment.status != PaymentState.AUTHORIZED:
        raise InvalidTransition(
            _("The payment provider has not authorised this payment."), details={"from": payment.status}
        )
    in_flight = in_flight_operations(payment)
    if OperationKind.CANCEL in in_flight:
        raise OperationInFlight
    return in_flight.get(OperationKind.CAPTURE) or request_operation(
        payment=payment,
        kind=OperationKind.CAPTURE,
        amount=payment.amount,
        actor=actor,
        note=note,
        is_awaited=is_awaited,
    )


@transaction.atomic
def refund_payment(
    *, payment_id: UUID, amount: Money, actor: User | None, note: str = "", beyond_owed: bool = True
) -> PaymentChange:
    """Record money given back by hand (cash, a transfer), or ask the provider to give it back; up to what was captured.

    A refund that the provider has not decided counts as given back. Without `beyond_owed`, no more than the order owes
    its customer. Raises InvalidInput for an amount that is not positive, in another currency, or more than is left,
    RefundBeyondOwed, and OperationInFlight while the provider works on another refund of the payment.
    """
    order, payment = lock_payment(payment_id)
    _require_refundable(order, payment, amount, beyond_owed=beyond_owed)
    if settles_online(payment):
        operation = request_operation(
            payment=payment, kind=OperationKind.REFUND, amount=amount, actor=actor, note=note, is_awaited=True
        )
        return PaymentChange(payment=payment, amount=amount, operation=operation)
    ledger.refund(payment, amount.minor, Cause(actor=actor, note=note))
    ledger.recompute(order, actor)
    return PaymentChange(payment=payment, amount=amount)


def _require_refundable(order: Order, payment: Payment, amount: Money, *, beyond_owed: bool) -> None:
    if amount.currency != payment.currency or amount.minor <= 0:
        message = _("Give an amount above zero, in %(currency)s.") % {"currency": payment.currency}
        raise InvalidInput(message, code="invalid_amount", field="amount")
    sums = ledger.moved(payment)
    left = sums.captured - sums.refunded
    if settles_online(payment):
        left -= ledger.refunds_in_flight(payment=payment)
    if amount.minor > left:
        left_over = Money(left, payment.currency)
        raise InvalidInput(
            _("No more than %(amount)s can be refunded.") % {"amount": left_over},
            code="refund_too_large",
            field="amount",
            details={"refundable": left_over.as_dict()},
        )
    if beyond_owed:
        return
    owed = max(order.to_refund.minor - ledger.refunds_in_flight(payment__order=order), 0)
    if amount.minor > owed:
        raise RefundBeyondOwed(Money(owed, order.currency))


def void_open_payments(*, order: Order, actor: User | None) -> list[Payment]:
    """Give up the payments that have not brought money yet, and return those that settle by hand, oldest first.

    Call it in a transaction with the order locked.

    A provider that collects online is asked to cancel, by an operation that nobody waits for; until it has, the payment
    stays as it is. Raises OperationInFlight while a capture is undecided.
    """
    require_transaction()
    by_hand: list[Payment] = []
    for payment in lock_rows(Payment.objects.filter(order=order, status__in=sorted(OPEN_PAYMENTS))):
        if settles_online(payment):
            _cancel_online(order, payment, actor)
        else:
            ledger.void(payment, Cause(actor=actor))
            by_hand.append(payment)
    ledger.recompute(order, actor)
    return sorted(by_hand, key=lambda payment: payment.pk)


def _cancel_online(order: Order, payment: Payment, actor: User | None) -> None:
    in_flight = in_flight_operations(payment)
    if OperationKind.CAPTURE in in_flight:
        raise OperationInFlight
    start = in_flight.get(OperationKind.START)
    if start is not None and not start.attempts:
        # An attempt is noted before the provider is called, under the lock that we hold: it has not been called.
        withdraw(order, payment, start, reason=str(_("The payment was given up before the provider was asked.")))
    elif OperationKind.CANCEL not in in_flight:
        request_operation(
            payment=payment, kind=OperationKind.CANCEL, amount=payment.amount, actor=actor, is_awaited=False
        )
