"""The result of placing an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from checkout.selectors import Quote
from core.money import Money
from orders.models import Order, OrderLine
from orders.selectors import with_known_details
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

    `created` has all rows of an order that this request wrote and that has not gone on since; None for others.
    """

    order: Order
    lines: tuple[OrderLine, ...]
    payments: tuple[Payment, ...]
    next_action: NextAction | None
    is_new: bool
    created: CreatedOrder | None = None

    def with_known_details(self) -> Order:
        """Return the order as orders.selectors.with_details() reads it, for an answer at once. Needs `created`."""
        if self.created is None:
            raise ValueError("this order was read, not written")
        return with_known_details(
            self.order,
            lines=self.lines,
            adjustments=self.created.adjustments,
            transitions=self.created.history,
            payments=self.payments,
        )


def placed_before(order: Order) -> PlacedOrder:
    """Return the order that an earlier request placed. Two queries."""
    return _placed(order, tuple(order.lines.all()), tuple(order.payments.all()), is_new=False)


def just_placed(
    created: CreatedOrder, *, quote: Quote, payment: Payment | None, backordered: Mapping[UUID, int]
) -> PlacedOrder:
    """Return what was placed, each line with its units on backorder and its picture. No query."""
    for line, quoted in zip(created.lines, quote.lines, strict=True):
        line.backorder, line.picture_row = backordered.get(line.pk, 0), quoted.line.picture_row
    lines = tuple(created.lines)
    if payment is None:
        # With nothing to pay it has gone on by now, so its history has more rows.
        return _placed(created.order, lines, (), is_new=True)
    return _placed(created.order, lines, (payment,), is_new=True, created=created)


def _placed(
    order: Order,
    lines: tuple[OrderLine, ...],
    payments: tuple[Payment, ...],
    *,
    is_new: bool,
    created: CreatedOrder | None = None,
) -> PlacedOrder:
    instructions = payment_instructions(order, payments)
    return PlacedOrder(
        order=order,
        lines=lines,
        payments=payments,
        next_action=NextAction(tuple(instructions)) if instructions else None,
        is_new=is_new,
        created=created,
    )
