"""Writes to payments: Order is locked first, then Payment; the order's payment status is recomputed every time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from core.context import current_door
from core.db import lock_rows, require_transaction
from core.errors import InvalidInput, InvalidTransition, NotFound
from core.money import Money
from core.outbox.services import emit
from core.rows import add
from orders.events import OrderEvent
from orders.models import Order
from orders.services import lock_order, record_payment_totals
from orders.states import OrderStatus
from payments.errors import RefundBeyondOwed
from payments.models import Payment, PaymentTransaction
from payments.states import TRANSITIONS, PaymentState

Kind = PaymentTransaction.Kind


def open_payment(*, order: Order, provider: str, actor: User | None) -> Payment | None:
    """Note that a provider is to collect what is due; None if nothing is. Call it in a transaction, order locked."""
    require_transaction()
    if order.due.minor > 0:
        # A payment that waits brings no money, so the order's sums stay as they are.
        return add(Payment(order=order, provider=provider, amount_minor=order.due.minor, currency=order.currency))
    _recompute(order, actor)
    return None


@transaction.atomic
def capture_payment(
    *, payment_id: UUID, actor: User | None, event_id: str | None = None, note: str = "", now: datetime | None = None
) -> Payment:
    """Record that a payment's whole amount has arrived. Recording it again changes nothing.

    Raises NotFound, or InvalidTransition for a payment that failed, was voided or belongs to a cancelled order.
    """
    order, payment = lock_payment(payment_id)
    if payment.status == PaymentState.CAPTURED:
        return payment
    if order.status == OrderStatus.CANCELLED:
        raise InvalidTransition(_("The order is cancelled."), details={"order": order.number})
    payment.captured_at = now or clock.now()
    _move(payment, PaymentState.CAPTURED, Kind.CAPTURE, actor=actor, event_id=event_id, note=note)
    emit(event_type=OrderEvent.PAID, aggregate=order, payment=payment.pk)
    _recompute(order, actor)
    return payment


@transaction.atomic
def refund_payment(
    *, payment_id: UUID, amount: Money, actor: User | None, note: str = "", beyond_owed: bool = True
) -> PaymentTransaction:
    """Record money given back by hand (cash, a transfer), up to what was captured.

    Without `beyond_owed`, no more than the order owes its customer. Raises InvalidInput for an amount that is not
    positive, in another currency, or more than is left, and RefundBeyondOwed.
    """
    order, payment = lock_payment(payment_id)
    if amount.currency != payment.currency or amount.minor <= 0:
        message = _("Give an amount above zero, in %(currency)s.") % {"currency": payment.currency}
        raise InvalidInput(message, code="invalid_amount", field="amount")
    left = _sum(payment, Kind.CAPTURE) - _sum(payment, Kind.REFUND)
    if amount.minor > left:
        left_over = Money(left, payment.currency)
        raise InvalidInput(
            _("No more than %(amount)s can be refunded.") % {"amount": left_over},
            code="refund_too_large",
            field="amount",
            details={"refundable": left_over.as_dict()},
        )
    if not beyond_owed and amount.minor > order.to_refund.minor:
        raise RefundBeyondOwed(order.to_refund)
    refund = _transact(payment, Kind.REFUND, amount.minor, actor=actor, event_id=None, note=note)
    _recompute(order, actor)
    return refund


def void_open_payments(*, order: Order, actor: User | None) -> None:
    """Give up the payments that have not brought money yet. Call it in a transaction with the order locked."""
    require_transaction()
    waiting = [PaymentState.PENDING, PaymentState.AUTHORIZED]
    for payment in lock_rows(Payment.objects.filter(order=order, status__in=waiting)):
        _move(payment, PaymentState.VOIDED, Kind.VOID, actor=actor, event_id=None, note="")
    _recompute(order, actor)


def lock_payment(payment_id: UUID) -> tuple[Order, Payment]:
    """Lock a payment after its order, and read both. Needs a transaction; raises NotFound."""
    order_id = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = lock_order(order_id)
    [payment] = lock_rows(Payment.objects.filter(pk=payment_id))
    return order, payment


def _move(
    payment: Payment, to: PaymentState, kind: Kind, *, actor: User | None, event_id: str | None, note: str
) -> None:
    if to not in TRANSITIONS[payment.status]:
        raise InvalidTransition(details={"from": payment.status, "to": str(to)})
    payment.status = to
    payment.save(update_fields=["status", "captured_at", "updated_at"])
    _transact(payment, kind, payment.amount_minor, actor=actor, event_id=event_id, note=note)


def _transact(
    payment: Payment, kind: Kind, amount: int, *, actor: User | None, event_id: str | None, note: str
) -> PaymentTransaction:
    return PaymentTransaction.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount,
        provider=payment.provider,
        event_id=event_id,
        note=note[:250],
        actor=actor,
        door=current_door(),
    )


def _sum(payment: Payment, kind: Kind) -> int:
    return payment.transactions.filter(kind=kind).aggregate(total=Sum("amount_minor"))["total"] or 0


def _recompute(order: Order, actor: User | None) -> None:
    rows = PaymentTransaction.objects.filter(payment__order=order).values("kind").annotate(total=Sum("amount_minor"))
    sums = {row["kind"]: row["total"] for row in rows.order_by("kind")}
    held = Payment.objects.filter(order=order, status=PaymentState.AUTHORIZED).aggregate(total=Sum("amount_minor"))
    record_payment_totals(
        order=order,
        authorized=held["total"] or 0,
        paid=sums.get(Kind.CAPTURE, 0),
        refunded=sums.get(Kind.REFUND, 0),
        actor=actor,
    )
