"""The one definition of what follows from an order's ledger and shipments: its payment status and fulfilment status.

Each is a table of rules, of which the first that holds decides. Services read it for one order, and statements over
many orders (data imports, sample data) have it as SQL, so that no writer has a rule of its own. `check_integrity` does
not read it: it says by itself what holds, and a test compares the two.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orders.states import FulfilmentStatus, PaymentStatus

_OPERATORS: Mapping[str, Callable[[int, int], bool]] = {">": operator.gt, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two quantities, by name or as a number, and how they are compared."""

    left: str
    how: str
    right: str | int

    def holds(self, values: Mapping[str, int]) -> bool:
        right = values[self.right] if isinstance(self.right, str) else self.right
        return _OPERATORS[self.how](values[self.left], right)

    def sql(self, columns: Mapping[str, str]) -> str:
        right = columns[self.right] if isinstance(self.right, str) else str(self.right)
        return f"{columns[self.left]} {self.how} {right}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """The state that an order has while all comparisons hold."""

    state: PaymentStatus | FulfilmentStatus
    comparisons: tuple[_Comparison, ...] = ()


_PAYMENT = (
    _Rule(PaymentStatus.REFUNDED, (_Comparison("refunded", ">", 0), _Comparison("refunded", ">=", "paid"))),
    _Rule(PaymentStatus.PARTIALLY_REFUNDED, (_Comparison("refunded", ">", 0),)),
    _Rule(PaymentStatus.PAID, (_Comparison("paid", ">=", "total"),)),
    _Rule(PaymentStatus.PARTIALLY_PAID, (_Comparison("paid", ">", 0),)),
    _Rule(PaymentStatus.AUTHORIZED, (_Comparison("authorized", ">=", "total"),)),
    _Rule(PaymentStatus.UNPAID),
)
_FULFILMENT = (
    _Rule(FulfilmentStatus.UNFULFILLED, (_Comparison("shipments", "=", 0),)),
    _Rule(FulfilmentStatus.PARTIALLY_SHIPPED, (_Comparison("units_left", ">", 0),)),
    _Rule(FulfilmentStatus.DELIVERED, (_Comparison("on_the_way", "=", 0),)),
    _Rule(FulfilmentStatus.SHIPPED),
)


def payment_status(*, total: int, paid: int, refunded: int, authorized: int) -> PaymentStatus:
    """Return the payment status of an order from sums in minor units of its currency."""
    values = {"total": total, "paid": paid, "refunded": refunded, "authorized": authorized}
    return PaymentStatus(_first(_PAYMENT, values))


def payment_status_sql(*, total: str, paid: str, refunded: str, authorized: str = "0") -> str:
    """Return payment_status() as SQL of the given expressions, none of which is NULL."""
    return _case(_PAYMENT, {"total": total, "paid": paid, "refunded": refunded, "authorized": authorized})


def fulfilment_status(*, shipments: int, units_left: int, on_the_way: int) -> FulfilmentStatus:
    """Return the fulfilment status of an order.

    `shipments` counts those that it ever had, `units_left` the units in none that is with the customer or on its way,
    `on_the_way` the shipments that are neither delivered nor came back.
    """
    values = {"shipments": shipments, "units_left": units_left, "on_the_way": on_the_way}
    return FulfilmentStatus(_first(_FULFILMENT, values))


def fulfilment_status_sql(*, shipments: str, units_left: str, on_the_way: str) -> str:
    """Return fulfilment_status() as SQL of the given expressions, none of which is NULL."""
    return _case(_FULFILMENT, {"shipments": shipments, "units_left": units_left, "on_the_way": on_the_way})


def _first(rules: tuple[_Rule, ...], values: Mapping[str, int]) -> str:
    return next(rule.state for rule in rules if all(one.holds(values) for one in rule.comparisons))


def _case(rules: tuple[_Rule, ...], columns: Mapping[str, str]) -> str:
    *conditional, last = rules
    named = {name: f"({column})" for name, column in columns.items()}
    whens = [
        f"WHEN {' AND '.join(one.sql(named) for one in rule.comparisons)} THEN '{rule.state}'" for rule in conditional
    ]
    return f"CASE {' '.join(whens)} ELSE '{last.state}' END"
