"""The one definition of what the payments of orders add up to: what was captured, given back, and is authorized."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from core.db.locking import prepared_rows
from core.fast.arrays import array, padded
from payments.models import PaymentTransaction
from payments.states import PaymentState

_KIND = PaymentTransaction.Kind


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """Sums of an order's payments in minor units of its currency."""

    paid: int = 0
    refunded: int = 0
    authorized: int = 0


def totals_sql(order_id: str) -> str:
    """Return a query of `paid`, `refunded` and `authorized` of the order whose id an expression gives: one row."""
    return f"""
        SELECT coalesce(sum(entries.captured), 0)::bigint AS paid,
               coalesce(sum(entries.refunded), 0)::bigint AS refunded,
               coalesce(sum(payment.amount_minor)
                            FILTER (WHERE payment.status = '{PaymentState.AUTHORIZED}'), 0)::bigint AS authorized
          FROM payments_payment AS payment
         CROSS JOIN LATERAL (
               SELECT sum(entry.amount_minor) FILTER (WHERE entry.kind = '{_KIND.CAPTURE}') AS captured,
                      sum(entry.amount_minor) FILTER (WHERE entry.kind = '{_KIND.REFUND}') AS refunded
                 FROM payments_paymenttransaction AS entry WHERE entry.payment_id = payment.id) AS entries
         WHERE payment.order_id = {order_id}
    """  # noqa: S608  composed of constants


_TOTALS = "SELECT one.id, totals.* FROM unnest({orders}) AS one (id) CROSS JOIN LATERAL ({totals}) AS totals"


def payment_totals(order_ids: Iterable[UUID]) -> dict[UUID, PaymentTotals]:
    """Return what the payments of orders add up to, zeros for an order without any. One query."""
    orders, values = array("order", padded(list(order_ids)))
    statement = _TOTALS.format(orders=orders, totals=totals_sql("one.id"))
    return {order_id: PaymentTotals(*sums) for order_id, *sums in prepared_rows(statement, values)}
