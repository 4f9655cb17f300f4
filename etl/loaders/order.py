"""Orders of the past with their lines: as agreed, shipped and paid then. They touch no stock and send no mail.

An order moves whole or not at all: with a line left out it would state a total that nobody agreed to.
"""

from dataclasses import replace

from core.tax_ids import LONGEST
from etl.context import Context, Loader
from etl.entities import (
    MAX_QUANTITY,
    Entity,
    Field,
    Kind,
    Measure,
    address_fields,
    email,
    moment,
    money,
    reference,
    text,
)
from etl.loaders import order_sql
from etl.loaders.order_states import SourceState
from etl.upsert import prune, run_sql, upsert
from payments.states import PaymentState
from shipping.states import ShipmentState

ORDER = Entity(
    name="order",
    table="orders_order",
    fields=(
        Field(name="number", required=True, max_length=64, unique_in=("orders_order", "number")),
        reference("customer", "customer", required=False),
        moment("placed_at", required=True),
        moment("shipped_at"),
        moment("paid_at"),
        Field(name="state", kind=Kind.CHOICE, choices=tuple(SourceState), is_hashed_if_mapped=True),
        replace(moment("cancelled_at"), is_hashed_if_mapped=True),
        replace(moment("refunded_at"), is_hashed_if_mapped=True),
        replace(money("refunded", required=False), is_hashed_if_mapped=True),
        replace(email("email"), is_hashed_if_mapped=True),
        reference("shipping_method", "shipping_method", required=False),
        money("shipping"),
        *address_fields(),
        replace(text("tax_id", LONGEST), is_hashed_if_mapped=True),
    ),
    held="""
        SELECT held.source_key, held.shipping_minor AS shipping, held.total_minor AS total,
               person.source_key AS customer
          FROM orders_order AS held
          LEFT JOIN accounts_user AS person ON person.id = held.customer_id AND person.source = held.source
         WHERE held.source = {source}
    """,
    measures=(Measure("shipping", is_money=True), Measure("total", is_money=True)),
    compared=("customer",),
)
ORDER_LINE = Entity(
    name="order_line",
    table="orders_orderline",
    fields=(
        reference("order", "order", in_group=True),
        reference("product", "product"),
        Field(name="quantity", kind=Kind.INTEGER, required=True, minimum=1, maximum=MAX_QUANTITY),
        money("unit_price"),
        # The part of the price that was let off: 0.15 for 15 %.
        Field(name="discount", kind=Kind.DECIMAL, minimum=0, maximum=1),
    ),
    held="""
        SELECT line.source_key, line.quantity, line.total_minor AS total, held.source_key AS "order",
               variant.source_key AS product
          FROM orders_orderline AS line
          JOIN orders_order AS held ON held.id = line.order_id AND held.source = line.source
          LEFT JOIN catalog_variant AS variant ON variant.id = line.variant_id AND variant.source = line.source
         WHERE line.source = {source}
    """,
    measures=(Measure("quantity"), Measure("total", is_money=True)),
    compared=("order", "product"),
)


def _check(context: Context) -> None:
    for statement in (
        order_sql.REJECT_WITH_LINES,
        order_sql.REJECT_TOO_LARGE,
        order_sql.REJECT_REFUNDS,
        order_sql.ADD_COLUMNS,
        order_sql.SETTLE,
        order_sql.HASH_WITH_LINES,
        order_sql.REJECT_CONFLICTS,
    ):
        run_sql(context, statement, ORDER, ORDER_LINE)
        prune(context, ORDER)
    # Again and again, as an order that is rejected for a line keeps its own lines from others.
    while run_sql(context, order_sql.REJECT_CLAIMS, ORDER, ORDER_LINE):
        prune(context, ORDER)
    run_sql(context, order_sql.REJECT_LINES, ORDER, ORDER_LINE)


def _load(context: Context) -> None:
    _load_orders(context)
    run_sql(context, order_sql.REMOVE_LINES, ORDER, ORDER_LINE)
    _load_lines(context)
    _load_shipments(context)
    _load_payments(context)
    for statement in (order_sql.DERIVE_TOTALS, *order_sql.STEPS, order_sql.HISTORY):
        run_sql(context, statement, ORDER)


def _load_orders(context: Context) -> None:
    upsert(
        context,
        table="orders_order",
        entity=ORDER,
        beside=(ORDER_LINE,),
        joins=order_sql.ORDER_JOINS,
        values=order_sql.ORDER_VALUES,
        first=order_sql.ORDER_FIRST,
    )


def _load_lines(context: Context) -> None:
    upsert(
        context,
        table="orders_orderline",
        entity=ORDER_LINE,
        beside=(ORDER,),
        joins=order_sql.LINE_JOINS,
        values=order_sql.LINE_VALUES,
        first=order_sql.LINE_FIRST,
    )
    for statement in order_sql.ADJUSTMENTS:
        run_sql(context, statement, ORDER)


def _load_shipments(context: Context) -> None:
    upsert(
        context,
        table="shipping_shipment",
        entity=ORDER,
        joins="LEFT JOIN shipping_shippingmethod AS method ON method.id = r.shipping_method_id",
        where="r.shipped_at IS NOT NULL",
        values={
            "method_id": "method.id",
            "carrier": "left(coalesce(nullif(method.carrier, ''), method.name, ''), 120)",
            "shipped_at": "r.shipped_at",
            "delivered_at": "r.delivered_at",
            "status": f"""
                CASE WHEN r.delivered_at IS NULL THEN '{ShipmentState.SHIPPED}' ELSE '{ShipmentState.DELIVERED}' END
            """,
        },
        first={"order_id": "r.id", "created_at": "r.shipped_at"},
    )
    run_sql(context, order_sql.SHIPMENT_LINES, ORDER)


def _load_payments(context: Context) -> None:
    upsert(
        context,
        table="payments_payment",
        entity=ORDER,
        joins="JOIN orders_order AS held ON held.id = r.id",
        where="r.paid_at IS NOT NULL",
        values={"amount_minor": "held.total_minor", "captured_at": "r.paid_at"},
        first={
            "order_id": "r.id",
            "provider": "'imported'",
            "status": f"'{PaymentState.CAPTURED}'",
            "currency": "{currency}",
            "created_at": "r.paid_at",
        },
    )
    run_sql(context, order_sql.TRANSACTIONS, ORDER)


ORDER_LOADER = Loader(entities=(ORDER, ORDER_LINE), load=_load, check=_check)
