"""The ledger: the one module that writes transactions and moves payments, and has their orders recomputed.

Order is locked first, then Payment, then its operation. Every function needs the transaction that holds the locks;
whoever has written ends with recompute().
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from accounts.models import User
from core import clock
from core.context import current_door
from core.db.locking import lock_rows
from core.errors import InvalidTransition, NotFound
from core.outbox.services import emit
from orders.events import OrderEvent
from orders.models import Order
from orders.services import lock_order, record_payment_totals
from payments.derived import payment_totals
from payments.models import Payment, PaymentOperation, PaymentTransaction
from payments.providers import find_provider
from payments.states import IN_FLIGHT, TRANSITIONS, OperationKind, PaymentState

Kind = PaymentTransaction.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who or what a transaction comes from: a person with a note, a provider's event, or an operation's outcome."""

    actor: User | None = None
    note: str = ""
    event_id: str | None = None
    operation: PaymentOperation | None = None

    @property
    def entry_point(self) -> str:
        """The interface by which it was asked for, whoever carries it out in the end."""
        return self.operation.entry_point if self.operation else current_door()


def lock_payment(payment_id: UUID) -> tuple[Order, Payment]:
    """Lock a payment after its order, and read both. Needs a transaction; raises NotFound."""
    order_id = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = lock_order(order_id)
    [payment] = lock_rows(Payment.objects.filter(pk=payment_id))
    return order, payment


def authorize(payment: Payment, cause: Cause) -> None:
    """Record that the provider holds the money."""
    _move(payment, PaymentState.AUTHORIZED, Kind.AUTHORIZE, cause)


def capture(order: Order, payment: Payment, cause: Cause, *, now: datetime | None = None) -> None:
    """Record that the whole amount is here."""
    payment.captured_at = now or clock.now()
    _move(payment, PaymentState.CAPTURED, Kind.CAPTURE, cause)
    emit(event_type=OrderEvent.PAID, aggregate=order, payment=payment.pk)


def refund(payment: Payment, amount_minor: int, cause: Cause) -> None:
    """Record money that was given back."""
    _transact(payment, Kind.REFUND, amount_minor, cause)


def void(payment: Payment, cause: Cause) -> None:
    """Record that a payment was given up before it brought money."""
    _move(payment, PaymentState.VOIDED, Kind.VOID, cause)


def fail(payment: Payment, cause: Cause) -> None:
    """Record that the provider refused a payment, or lost its hold on the money."""
    _move(payment, PaymentState.FAILED, Kind.FAILURE, cause)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was captured and given back of a payment, in minor units."""

    captured: int
    refunded: int


def moved(payment: Payment) -> Moved:
    """Return what the ledger of a payment adds up to. One query."""
    rows = payment.transactions.values_list("kind").annotate(total=Sum("amount_minor")).order_by("kind")
    sums: dict[str, int] = dict(rows)
    return Moved(sums.get(Kind.CAPTURE, 0), sums.get(Kind.REFUND, 0))


def refunds_in_flight(**payments: object) -> int:
    """What providers have been asked to give back and have not decided yet, in minor units; filtered by payment."""
    asked = PaymentOperation.objects.filter(kind=OperationKind.REFUND, state__in=IN_FLIGHT, **payments)
    return asked.aggregate(total=Sum("amount_minor"))["total"] or 0


def recompute(order: Order, actor: User | None) -> None:
    """Have the locked order take over what its payments add up to."""
    totals = payment_totals([order.pk])[order.pk]
    waiting = Payment.objects.filter(order=order, status=PaymentState.PENDING).values_list("provider")
    promised = sum(total for code, total in waiting.annotate(total=Sum("amount_minor")).order_by() if _promises(code))
    record_payment_totals(
        order=order,
        authorized=totals.authorized,
        promised=promised,
        paid=totals.paid,
        refunded=totals.refunded,
        actor=actor,
    )


def _promises(code: str) -> bool:
    provider = find_provider(code)
    return provider is not None and provider.confirms_order


def _move(payment: Payment, to: PaymentState, kind: Kind, cause: Cause) -> None:
    if to not in TRANSITIONS[payment.status]:
        raise InvalidTransition(details={"from": payment.status, "to": str(to)})
    payment.status = to
    # Once it is decided there is nothing for the shopper to do.
    payment.redirect_url = ""
    payment.save(update_fields=["status", "captured_at", "redirect_url", "updated_at"])
    _transact(payment, kind, payment.amount_minor, cause)


def _transact(payment: Payment, kind: Kind, amount_minor: int, cause: Cause) -> PaymentTransaction:
    return PaymentTransaction.objects.create(
        payment=payment,
        kind=kind,
        amount_minor=amount_minor,
        provider=payment.provider,
        event_id=cause.event_id,
        operation=cause.operation,
        note=cause.note[:250],
        actor=cause.actor,
        door=cause.entry_point,
    )
