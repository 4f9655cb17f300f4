"""Reads of payments."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotFound
from core.money import Money
from core.staff import may
from orders.models import Order
from orders.states import OrderStatus
from payments.actions import PaymentAction
from payments.models import Payment, PaymentOperation
from payments.providers import find_online, find_provider
from payments.states import IN_FLIGHT, OperationKind, OperationState, PaymentState


def visible_payments(user: User) -> QuerySet[Payment]:
    """All payments for staff who may see payments, otherwise those of the user's own orders."""
    return (
        Payment.objects.all() if may(user, PaymentAction.VIEW_PAYMENT) else Payment.objects.filter(order__customer=user)
    )


def payment_instructions(
    order: Order, payments: Sequence[Payment] | None = None
) -> list[tuple[str | Promise, str | Money]]:
    """What the shopper has to do to pay an order that still waits for money; empty for nothing.

    Of several payments that wait, each one's rows come below its provider and amount. One query, none where the
    order's `payments` are given or read already, where it is known to have one alone, or where nothing is due.
    """
    if order.status == OrderStatus.CANCELLED or order.due.minor <= 0 or not order.payment_provider:
        return []
    if order.payment_count == 1:
        provider = find_provider(order.payment_provider) if order.status == OrderStatus.PENDING else None
        return provider.instructions(number=order.number, amount=order.due) if provider else []
    known = order.payments.all() if payments is None else payments
    waiting = sorted((one for one in known if one.status == PaymentState.PENDING), key=lambda one: one.pk)
    if len(waiting) == 1 and order.status != OrderStatus.PENDING:
        # Staff has accepted the order without waiting for the money.
        return []
    return _rows_of(order, waiting)


def _rows_of(order: Order, waiting: Sequence[Payment]) -> list[tuple[str | Promise, str | Money]]:
    known = [(one, provider) for one in waiting if (provider := find_provider(one.provider))]
    told = [(one, provider, provider.instructions(number=order.number, amount=one.amount)) for one, provider in known]
    if not any(rows for _one, _provider, rows in told):
        return []
    if len(told) == 1:
        return told[0][2]
    return [row for one, provider, rows in told for row in [(provider.label, one.amount), *rows]]


def settles_online(payment: Payment) -> bool:
    """Whether a provider is asked to move the money, instead of staff recording it. What was imported never is."""
    return payment.source is None and find_online(payment.provider) is not None


def start_in_flight(order: Order) -> UUID | None:
    """The operation that is to begin the payment of an order and is not decided. No query if it is paid by hand."""
    if find_online(order.payment_provider) is None:
        return None
    starts = PaymentOperation.objects.filter(
        payment__order=order, kind=OperationKind.START, state__in=IN_FLIGHT, payment__status=PaymentState.PENDING
    )
    return starts.order_by("-pk").values_list("pk", flat=True).first()


def find_operation(operation_id: UUID) -> PaymentOperation:
    """An operation with its payment. Raises NotFound."""
    found = PaymentOperation.objects.select_related("payment").filter(pk=operation_id).first()
    if found is None:
        raise NotFound
    return found


def start_message(operation: PaymentOperation) -> str | None:
    """What to tell of the begin of a payment that did not go well; None if it did."""
    if operation.is_in_flight:
        return _("The order is saved. The payment provider has not answered yet; the shop asks again by itself.")
    if operation.state == OperationState.DECLINED:
        reason = operation.error_message or operation.error_code
        return _("The order is saved, but the payment was declined: %(reason)s") % {"reason": reason}
    return None


def payment_page(payment: Payment) -> str:
    """Where its shopper goes on to pay; empty if there is nothing to do."""
    return payment.redirect_url if payment.status == PaymentState.PENDING else ""


def page_to_pay(order: Order) -> str:
    """Where the shopper of an order goes on to pay; empty if there is nothing to do. No query if it is paid by hand."""
    if find_online(order.payment_provider) is None or order.due.minor <= 0:
        return ""
    waiting = order.payments.filter(status=PaymentState.PENDING).exclude(redirect_url="")
    return waiting.order_by("-pk").values_list("redirect_url", flat=True).first() or ""


def was_declined(order: Order) -> bool:
    """Whether the provider refused the last payment of an order that waits for money. No query if paid by hand."""
    if find_online(order.payment_provider) is None or order.status != OrderStatus.PENDING:
        return False
    last = order.payments.order_by("-pk").first()
    return last is not None and last.status == PaymentState.FAILED


def how_to_pay(order: Order) -> dict[str, Any]:
    """What an order's page shows of paying: instructions, the provider's page, whether the payment was declined."""
    return {
        "instructions": payment_instructions(order),
        "page_to_pay": page_to_pay(order),
        "was_declined": was_declined(order),
    }


def is_being_captured(order: Order) -> bool:
    """Whether a provider has been asked for the money of an order and has not decided yet."""
    asked = PaymentOperation.objects.filter(payment__order=order, kind=OperationKind.CAPTURE)
    return asked.filter(state__in=IN_FLIGHT).exists()
