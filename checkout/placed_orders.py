"""The result of placing an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from checkout.selectors import Quote
from core.money import Money
from orders.models import Order, OrderLine
from orders.selectors import with_details, with_known_details
from orders.services import CreatedOrder
from payments.models import Payment
from payments.selectors import payment_instructions


@dataclass(frozen=True, slots=True)
class NextAction:
    """A payment that the shopper has to make so that the order goes on, as labels with values."""

    instructions: tuple[tuple[str | Promise, str | Money], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """An order with its lines and payments, and what its shopper has to do now; None for nothing.

    `is_new` is false for an order that an earlier request placed. The order's details are known without a query, as
    if it was read with orders.selectors.with_details().
    """

    order: Order
    lines: tuple[OrderLine, ...]
    payments: tuple[Payment, ...]
    next_action: NextAction | None
    is_new: bool


def placed_before(order_id: UUID) -> PlacedOrder:
    """Read an order that an earlier request placed. Seven queries."""
    return _placed(with_details(Order.objects.filter(pk=order_id)).get(), is_new=False)


def just_placed(
    created: CreatedOrder, *, quote: Quote, payment: Payment | None, backordered: Mapping[UUID, int]
) -> PlacedOrder:
    """Return what was placed. No query; seven if nothing is to be paid, as the order has gone on by then."""
    order = created.order
    if payment is None:
        return _placed(with_details(Order.objects.filter(pk=order.pk)).get(), is_new=True)
    for line, quoted in zip(created.lines, quote.lines, strict=True):
        line.backorder, line.picture_row = backordered.get(line.pk, 0), quoted.line.picture_row
    with_known_details(order, lines=created.lines, transitions=created.history, payments=[payment])
    return _placed(order, is_new=True)


def _placed(order: Order, *, is_new: bool) -> PlacedOrder:
    instructions = payment_instructions(order)
    return PlacedOrder(
        order=order,
        lines=tuple(order.lines.all()),
        payments=tuple(order.payments.all()),
        next_action=NextAction(tuple(instructions)) if instructions else None,
        is_new=is_new,
    )
