"""Several payments of one order: a part of what is open is asked for by another provider.

The parts together are what was open before, so open payments never exceed what is due; `check_integrity` looks for it.
"""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import InvalidInput, InvalidTransition
from core.fast.rows import add
from core.money import Money
from orders.models import Order
from orders.states import OrderStatus
from payments import ledger
from payments.ledger import Cause, lock_payment
from payments.models import Payment
from payments.providers import PaymentProvider, find_provider
from payments.selectors import settles_online
from payments.services import open_payment, void_open_payments
from payments.states import PaymentState


@transaction.atomic
def split_payment(*, payment_id: UUID, amount: Money, provider: str, actor: User | None, note: str = "") -> Payment:
    """Ask for a part of an open payment by another provider, and return the payment of that part.

    The payment is voided, and two take its place: the rest by its own provider and the part. Both settle by hand. An
    order is confirmed by it if what confirming providers promise reaches its total. Raises NotFound, InvalidTransition
    for a payment that is not open or that a provider collects online, and InvalidInput for amount or provider.
    """
    order, payment = lock_payment(payment_id)
    if order.status == OrderStatus.CANCELLED:
        raise InvalidTransition(_("The order is cancelled."), details={"order": order.number})
    if payment.status != PaymentState.PENDING or settles_online(payment):
        message = _("Only a payment that waits and is recorded by hand can be split.")
        raise InvalidTransition(message, details={"from": payment.status, "provider": payment.provider})
    _require_part(payment, amount)
    part_provider = _provider_of_part(order, provider)
    ledger.void(payment, Cause(actor=actor, note=note))
    _open(order, payment.provider, payment.amount_minor - amount.minor)
    part = _open(order, part_provider.code, amount.minor)
    ledger.recompute(order, actor)
    return part


def reopen_payments(*, order: Order, actor: User | None) -> None:
    """Give up what waits, and ask anew for what is due of a locked order whose total has changed.

    Parts by other providers keep their amounts as far as something is due; the order's own provider bears the
    difference. Raises as void_open_payments. Call it in a transaction.
    """
    given_up = void_open_payments(order=order, actor=actor)
    parts = [one for one in given_up if one.provider != order.payment_provider]
    due = max(order.due.minor, 0)
    for part in parts:
        if amount := min(part.amount_minor, due):
            _open(order, part.provider, amount)
            due -= amount
    if due > 0:
        open_payment(order=order, provider=order.payment_provider, actor=actor, amount=Money(due, order.currency))
    elif parts:
        ledger.recompute(order, actor)


def _open(order: Order, provider: str, amount_minor: int) -> Payment:
    return add(Payment(order=order, provider=provider, amount_minor=amount_minor, currency=order.currency))


def _require_part(payment: Payment, amount: Money) -> None:
    if amount.currency != payment.currency or amount.minor <= 0:
        message = _("Give an amount above zero, in %(currency)s.") % {"currency": payment.currency}
        raise InvalidInput(message, code="invalid_amount", field="amount")
    if amount.minor >= payment.amount_minor:
        message = _("A part is less than the whole payment of %(amount)s.") % {"amount": payment.amount}
        raise InvalidInput(
            message, code="part_too_large", field="amount", details={"payment": payment.amount.as_dict()}
        )


def _provider_of_part(order: Order, code: str) -> PaymentProvider:
    provider = find_provider(code)
    if provider is None or provider.online is not None or not provider.accepts(order.total):
        message = _("Choose a way to pay that is recorded by hand and that this order can have.")
        raise InvalidInput(message, code="unknown_payment_provider", field="provider")
    return provider
