"""What holds of orders: sums against lines and steps, states against their histories, and the cart behind each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.db.locking import literals, quoted
from core.integrity import Check
from orders.states import SECURED, TRANSITIONS, FulfilmentStatus, OrderStatus, PaymentStatus

_ORDER = literals(OrderStatus)
_FULFILMENT = literals(FulfilmentStatus)
_LINES = "orders_orderline AS line JOIN orders_order AS held ON held.id = line.order_id"
_TAXES = "'tax_included', 'tax_added'"


# As pricing.calculator.tax_on rounds: half-up. The decimals are more than a quotient needs to be told from a half.
def _tax(amount: str, rate: str) -> str:
    return f"""
        round({amount}::numeric(40, 16) * {rate} / CASE WHEN held.prices_include_tax THEN 1 + {rate} ELSE 1 END)
    """


_TAX = _tax("line.total_minor", "line.tax_rate")
_SHIPPING_TAX = _tax("held.shipping_minor", "held.shipping_tax_rate")


def _steps(row: str, tables: str, subject: str, *, beside: str) -> str:
    """Rows whose steps do not add up to their total, the codes `beside` it left out, and their tax.

    What moved in may have no steps.
    """
    return f"""
        SELECT {row}.id, {subject} AS subject, 'total ' || {row}.total_minor || ', tax ' || {row}.tax_minor AS expected,
               'total ' || steps.total || ', tax ' || steps.tax AS actual
          FROM {tables}
         CROSS JOIN LATERAL (
              SELECT coalesce(sum(minor) FILTER (WHERE code NOT IN ({beside})), 0) AS total,
                     coalesce(sum(minor) FILTER (WHERE code IN ({_TAXES})), 0) AS tax
                FROM jsonb_to_recordset({row}.price_steps) AS step (code text, minor bigint)) AS steps
         WHERE {row}.price_steps <> '[]' AND (steps.total, steps.tax) <> ({row}.total_minor, {row}.tax_minor)
    """  # noqa: S608  composed of constants


def _digit(column: str, states: Iterable[str]) -> str:
    """A state as a number with a digit of its own, of three decimal places; a state that is not known has none."""
    cases = " ".join(f"WHEN '{state}' THEN {1000**place}::bigint" for place, state in enumerate(sorted(states)))
    return f"CASE {column} {cases} ELSE 0 END"


@dataclass(frozen=True, slots=True)
class _Story:
    """One of an order's three histories: the column that it leads to, and the state that it begins with."""

    kind: str
    column: str
    first: str
    states: Sequence[str]

    @property
    def way(self) -> str:
        """The sum of an order's steps. Each adds one to the state that it leads to and takes one from where it was.

        Of a way without a gap, in whatever order its steps were written, that leaves the last state less the first.
        """
        step = f"{_digit('to_state', self.states)} - {_digit('from_state', self.states)}"
        return f"sum({step}) FILTER (WHERE kind = '{self.kind}') AS {self.kind}"

    @property
    def broken(self) -> str:
        last, first = _digit(f"held.{self.column}", self.states), _digit(f"'{self.first}'", self.states)
        return f"coalesce(ways.{self.kind}, 0) <> {last} - {first}"


_STORIES = (
    _Story("status", "status", "", OrderStatus.values),
    _Story("payment", "payment_status", PaymentStatus.UNPAID, PaymentStatus.values),
    _Story("fulfilment", "fulfilment_status", FulfilmentStatus.UNFULFILLED, FulfilmentStatus.values),
)
_HISTORY = f"""
    SELECT held.id, held.number AS subject,
           'a way to ' || concat_ws(', ', held.status, payment_status, fulfilment_status) AS expected,
           (SELECT string_agg(kind || ': ' || from_state || ' → ' || to_state, ', ' ORDER BY created_at, id)
              FROM orders_ordertransition WHERE order_id = held.id) AS actual
      FROM orders_order AS held
      LEFT JOIN (SELECT order_id, {", ".join(story.way for story in _STORIES)}
                   FROM orders_ordertransition GROUP BY order_id) AS ways ON ways.order_id = held.id
     WHERE {" OR ".join(story.broken for story in _STORIES)}
"""  # noqa: S608  composed of constants


def _known_steps() -> str:
    steps = [f"('{source}', '{target}')" for source, targets in TRANSITIONS.items() for target in sorted(targets)]
    # An order is born pending; one that moved in, in the state that it had reached.
    return ", ".join([f"('', {_ORDER.PENDING})", f"('', {_ORDER.CONFIRMED})", *steps])


ORDERS = (
    Check(
        code="orders.totals",
        title="Subtotal, discount, tax and total of an order are the sums of its lines, with shipping.",
        query="""
            SELECT held.id, held.number AS subject, concat_ws(', ', sums.subtotal, sums.discount, sums.tax,
                       sums.subtotal - sums.discount + held.shipping_minor
                           + CASE WHEN held.prices_include_tax THEN 0 ELSE sums.tax END) AS expected,
                   concat_ws(', ', held.subtotal_minor, held.discount_minor, held.tax_minor, held.total_minor) AS actual
              FROM orders_order AS held
              LEFT JOIN (SELECT order_id, sum(total_minor + discount_minor) AS subtotal,
                                sum(discount_minor) AS discount, sum(tax_minor) AS tax
                           FROM orders_orderline GROUP BY order_id) AS lines
                     ON lines.order_id = held.id
             CROSS JOIN LATERAL (SELECT coalesce(lines.subtotal, 0) AS subtotal,
                                        coalesce(lines.discount, 0) AS discount,
                                        coalesce(lines.tax, 0) + held.shipping_tax_minor AS tax) AS sums
             WHERE (held.subtotal_minor, held.discount_minor, held.tax_minor)
                   <> (sums.subtotal, sums.discount, sums.tax)
                OR held.total_minor <> sums.subtotal - sums.discount + held.shipping_minor
                                       + CASE WHEN held.prices_include_tax THEN 0 ELSE sums.tax END
        """,
    ),
    Check(
        code="orders.line_totals",
        title="A line's total is price times quantity less discount, and its tax follows from the rate.",
        query=f"""
            SELECT line.id, held.number || ' ' || line.sku AS subject,
                   line.unit_price_minor * line.quantity - line.discount_minor || ', tax ' || {_TAX} AS expected,
                   line.total_minor || ', tax ' || line.tax_minor AS actual
              FROM orders_orderline AS line JOIN orders_order AS held ON held.id = line.order_id
             WHERE line.total_minor <> line.unit_price_minor * line.quantity - line.discount_minor
                OR line.tax_minor <> {_TAX}
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="orders.shipping_tax",
        title="The tax on an order's shipping follows from its charge and rate.",
        query=f"""
            SELECT held.id, held.number AS subject, {_SHIPPING_TAX} AS expected, held.shipping_tax_minor AS actual
              FROM orders_order AS held
             WHERE held.shipping_tax_minor <> {_SHIPPING_TAX}
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="orders.adjustments",
        title="What was taken off a line, and what its steps say of it, is the sum of its adjustments, on their order.",
        query="""
            SELECT line.id, held.number || ' ' || line.sku AS subject, coalesce(rows.amount, 0) AS expected,
                   line.discount_minor || ', steps ' || coalesce(steps.amount, line.discount_minor) AS actual
              FROM orders_orderline AS line
              JOIN orders_order AS held ON held.id = line.order_id
              LEFT JOIN (SELECT line_id, order_id, sum(amount_minor) AS amount
                           FROM orders_orderadjustment WHERE kind = 'discount' GROUP BY line_id, order_id) AS rows
                     ON rows.line_id = line.id AND rows.order_id = held.id
              LEFT JOIN LATERAL (
                   SELECT coalesce(-sum(minor) FILTER (WHERE code = 'discount'), 0) AS amount
                     FROM jsonb_to_recordset(line.price_steps) AS step (code text, minor bigint)
                   HAVING count(*) > 0) AS steps ON true
             WHERE line.discount_minor <> coalesce(rows.amount, 0) OR steps.amount <> coalesce(rows.amount, 0)
        """,
    ),
    Check(
        code="orders.shipping_adjustments",
        title="What the steps of an order say was taken off its shipping is the sum of its adjustments.",
        query="""
            SELECT held.id, held.number AS subject, coalesce(rows.amount, 0) AS expected, steps.amount AS actual
              FROM orders_order AS held
              LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount
                           FROM orders_orderadjustment WHERE kind = 'shipping_discount' GROUP BY order_id) AS rows
                     ON rows.order_id = held.id
             CROSS JOIN LATERAL (
                   SELECT coalesce(-sum(minor) FILTER (WHERE code = 'shipping_discount'), 0) AS amount
                     FROM jsonb_to_recordset(held.price_steps) AS step (code text, minor bigint)) AS steps
             WHERE steps.amount <> coalesce(rows.amount, 0)
        """,
    ),
    Check(
        code="orders.price_steps",
        title="The steps that explain an order add up to its total and its tax.",
        # Taxes that are inside of the prices are told in a step, and add nothing.
        query=_steps("held", "orders_order AS held", "held.number", beside="'tax_included'"),
    ),
    Check(
        code="orders.line_price_steps",
        title="The steps that explain a line add up to its total and its tax.",
        # A line's total is without the taxes that come on top.
        query=_steps("line", _LINES, "held.number || ' ' || line.sku", beside=_TAXES),
    ),
    Check(
        code="orders.history",
        title="The histories of an order's status, payment and fulfilment lead to what it says of each.",
        query=_HISTORY,
    ),
    Check(
        code="orders.steps",
        title="Every step of an order's status is one that the table of transitions has.",
        query=f"""
            SELECT step.id, held.number AS subject, 'a step of the table' AS expected,
                   step.from_state || ' → ' || step.to_state AS actual
              FROM orders_ordertransition AS step JOIN orders_order AS held ON held.id = step.order_id
             WHERE step.kind = 'status' AND (step.from_state, step.to_state) NOT IN ({_known_steps()})
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="orders.states_agree",
        title="An order's status, payment and fulfilment fit together.",
        query=f"""
            SELECT id, number AS subject, CASE status
                       WHEN {_ORDER.COMPLETED} THEN 'delivered and paid'
                            WHEN {_ORDER.PROCESSING} THEN 'completed, as all is done'
                       WHEN {_ORDER.PENDING} THEN 'neither sent nor paid' ELSE 'nothing sent' END AS expected,
                   concat_ws(', ', status, payment_status, fulfilment_status) AS actual
              FROM orders_order
             WHERE status = {_ORDER.COMPLETED} AND (fulfilment_status NOT IN ({_FULFILMENT.DELIVERED},
                  {_FULFILMENT.RETURNED})
                                             OR paid_minor < total_minor)
                OR status IN ({_ORDER.PENDING}, {_ORDER.CONFIRMED}, {_ORDER.CANCELLED})
                     AND fulfilment_status <> {_FULFILMENT.UNFULFILLED}
                OR status = {_ORDER.PENDING} AND payment_status IN ({quoted(SECURED)})
                OR status = {_ORDER.PROCESSING} AND fulfilment_status = {_FULFILMENT.DELIVERED}
                     AND paid_minor >= total_minor
                   AND source IS NULL
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="orders.carts",
        title="An ordered cart has one order, and an order's cart is closed.",
        query="""
            SELECT cart.id, cart.id AS subject,
                   cart.status || CASE cart.status WHEN 'ordered' THEN ', 1 orders' ELSE ', 0 orders' END AS expected,
                   cart.status || ', ' || count(held.id) || ' orders' AS actual
              FROM carts_cart AS cart LEFT JOIN orders_order AS held ON held.cart_id = cart.id
             GROUP BY cart.id HAVING count(held.id) <> (cart.status = 'ordered')::int
        """,
    ),
)
