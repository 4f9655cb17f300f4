"""The statements of the order loader. `r` is a ready row; SETTLE decides where each stands before the rest is done."""

from itertools import pairwise

from core.db.locking import literals, quoted
from core.personal_data import ERASED
from etl.entities import MAX_MINOR, MAX_QUANTITY
from etl.loaders.order_states import LEFT_THE_HOUSE, PAID_FOR, SourceState
from etl.reasons import Reason
from orders.derived import fulfilment_status_sql, payment_status_sql
from orders.states import FulfilmentStatus, OrderStatus, PaymentStatus
from payments.derived import totals_sql
from payments.states import PaymentState
from pricing.adjustments import AdjustmentKind, AdjustmentSource

_ORDER = literals(OrderStatus)
_PAYMENT = literals(PaymentStatus)
_FULFILMENT = literals(FulfilmentStatus)
# The column that a wrong refund is told of.
_AMOUNT_COLUMN = "refunded"
_GROSS = "r.unit_price * r.quantity"
# numeric's round() takes halves away from zero.
_NET = "round(r.unit_price * r.quantity * (1 - coalesce(r.discount, 0)))::bigint"

_ON_THE_WAY = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.COMPLETED)
_RANK = f"array_position(ARRAY{[state.value for state in _ON_THE_WAY]}, {{}})"

REJECT_WITH_LINES = f"""
    INSERT INTO {{problems}}
    SELECT DISTINCT ON (r._row) 'order', r._row, 100, '{Reason.LINE_REJECTED.value}', 'order_line',
           coalesce(line.source_key, 'in row ' || line._row), problem.reason
      FROM {{problems}} AS problem
      JOIN {{shaped_order_line}} AS line ON line._row = problem._row
      JOIN {{ready_order}} AS r ON r.source_key = line."order"
     WHERE problem.entity = 'order_line'
     ORDER BY r._row, line._row, problem.rank
"""  # noqa: S608  composed of constants

# An order costs no more than its dearest line could, so that every sum of it fits.
REJECT_TOO_LARGE = f"""
    INSERT INTO {{problems}}
    SELECT 'order', r._row, 100, '{Reason.TOO_LARGE.value}', 'total',
           trim_scale(lines.gross / 10::numeric ^ {{decimals}})::text,
           trim_scale({MAX_MINOR * MAX_QUANTITY} / 10::numeric ^ {{decimals}})::text
      FROM {{ready_order}} AS r
      JOIN (SELECT r."order", sum({_GROSS}) AS gross FROM {{ready_order_line}} AS r GROUP BY r."order") AS lines
        ON lines."order" = r.source_key
     WHERE lines.gross > {MAX_MINOR * MAX_QUANTITY}
"""  # noqa: S608  composed of constants

_NET_BY_ORDER = f"""
    (SELECT r."order", sum({_NET}) AS net FROM {{ready_order_line}} AS r GROUP BY r."order")
"""  # noqa: S608  composed of constants

ADD_COLUMNS = """
    ALTER TABLE {ready_order} ADD COLUMN total bigint, ADD COLUMN status text, ADD COLUMN delivered_at timestamptz
"""

# From the state, and from dates where none is mapped, to the order's own columns: dates of what did not happen are
# emptied, those of what did are filled, `refunded` becomes an amount. States of money and parcels follow from these.
SETTLE = f"""
    WITH priced AS (
             SELECT r.*, r.shipping + coalesce(lines.net, 0) AS sum,
                    coalesce(r.state, CASE WHEN r.shipped_at IS NULL THEN '{SourceState.CONFIRMED}'
                                           ELSE '{SourceState.DELIVERED}' END) AS said
               FROM {{ready_order}} AS r
               LEFT JOIN {_NET_BY_ORDER} AS lines ON lines."order" = r.source_key),
         returned AS (
             SELECT priced.*,
                    coalesce(refunded, CASE WHEN said = '{SourceState.REFUNDED}'
                                              OR said = '{SourceState.CANCELLED}' AND paid_at IS NOT NULL
                                            THEN sum ELSE 0 END) AS given_back,
                    said IN ({LEFT_THE_HOUSE}) OR said = '{SourceState.REFUNDED}' AND shipped_at IS NOT NULL AS has_left
               FROM priced),
         paid AS (
             SELECT returned.*,
                    CASE WHEN paid_at IS NOT NULL OR given_back > 0 OR said IN ({PAID_FOR})
                         THEN coalesce(paid_at, placed_at) END AS paid,
                    CASE WHEN has_left THEN coalesce(shipped_at, greatest(placed_at, paid_at)) END AS shipped
               FROM returned),
         settled AS (
             SELECT paid.*,
                    CASE WHEN given_back > 0 THEN greatest(paid, coalesce(refunded_at, cancelled_at, shipped)) END
                        AS went_back,
                    CASE WHEN said = '{SourceState.CANCELLED}' OR NOT has_left
                              AND (said = '{SourceState.REFUNDED}' OR given_back > 0 AND given_back >= sum)
                         THEN {_ORDER.CANCELLED}
                         WHEN said = '{SourceState.PENDING}' AND paid IS NULL THEN {_ORDER.PENDING}
                         WHEN said IN ('{SourceState.PENDING}', '{SourceState.CONFIRMED}')
                         THEN {_ORDER.CONFIRMED}
                         WHEN said IN ('{SourceState.PROCESSING}', '{SourceState.SHIPPED}') OR paid IS NULL
                         THEN {_ORDER.PROCESSING} ELSE {_ORDER.COMPLETED} END AS stands
               FROM paid)
    UPDATE {{ready_order}} AS r
       SET state = settled.said, status = settled.stands, total = settled.sum, refunded = settled.given_back,
           paid_at = settled.paid, refunded_at = settled.went_back, shipped_at = settled.shipped,
           delivered_at = CASE WHEN settled.said <> '{SourceState.SHIPPED}' THEN settled.shipped END,
           cancelled_at = CASE WHEN settled.stands = {_ORDER.CANCELLED}
                               THEN coalesce(r.cancelled_at, settled.went_back, settled.paid, r.placed_at) END
      FROM settled WHERE settled._row = r._row
"""  # noqa: S608  composed of constants

# Before SETTLE would make the best of it.
REJECT_REFUNDS = f"""
    INSERT INTO {{problems}}
    SELECT 'order', r._row, 100, found.reason, '{_AMOUNT_COLUMN}',
         trim_scale(r.refunded / 10::numeric ^ {{decimals}})::text,
           found.detail
      FROM {{ready_order}} AS r
      LEFT JOIN {_NET_BY_ORDER} AS lines ON lines."order" = r.source_key
      CROSS JOIN LATERAL (SELECT r.shipping + coalesce(lines.net, 0) AS total) AS priced
      CROSS JOIN LATERAL (SELECT trim_scale(priced.total / 10::numeric ^ {{decimals}})::text AS amount) AS shown
      CROSS JOIN LATERAL (VALUES
               ('{Reason.TOO_LARGE}', shown.amount, r.refunded > priced.total),
               ('{Reason.REFUND_MISMATCH}', 'the state refunded of an order of ' || shown.amount,
                r.state = '{SourceState.REFUNDED}' AND r.refunded < priced.total),
               ('{Reason.REFUND_MISMATCH}', 'the state partially_refunded of an order of ' || shown.amount,
                r.state = '{SourceState.PARTIALLY_REFUNDED}' AND coalesce(r.refunded, 0) = 0)
           ) AS found (reason, detail, applies)
     WHERE found.applies
"""  # noqa: S608  composed of constants

# A changed, added or removed line changes the order.
HASH_WITH_LINES = """
    WITH whole AS MATERIALIZED (
        SELECT r._row, encode(sha256(convert_to(r.content_hash || coalesce(lines.hashes, ''), 'UTF8')), 'hex') AS hash
          FROM {ready_order} AS r
          LEFT JOIN (SELECT "order", string_agg(content_hash, '' ORDER BY source_key) AS hashes
                       FROM {ready_order_line} GROUP BY "order") AS lines ON lines."order" = r.source_key)
    UPDATE {ready_order} AS r
       SET content_hash = whole.hash,
           action = CASE WHEN r.action = 'insert' THEN 'insert'
                         WHEN EXISTS (SELECT 1 FROM etl_keymap AS keymap
                                       WHERE keymap.source = {source} AND keymap.entity = 'order'
                                         AND keymap.source_key = r.source_key AND keymap.content_hash = whole.hash)
                         THEN 'unchanged' ELSE 'update' END
      FROM whole WHERE whole._row = r._row
"""

# States go forwards only, and what staff did in the shop since is not overwritten by the past.
REJECT_CONFLICTS = f"""
    INSERT INTO {{problems}}
    SELECT 'order', r._row, 100, '{Reason.STATE_CONFLICT.value}', 'status',
           r.status || CASE WHEN r.paid_at IS NULL THEN ', unpaid' ELSE ', paid' END,
           held.status || ', ' || held.payment_status || ', ' || held.fulfilment_status
      FROM {{ready_order}} AS r JOIN orders_order AS held ON held.id = r.id
     WHERE r.action = 'update'
       AND ({_RANK.format("held.status")} > {_RANK.format("r.status")}
            OR held.status = {_ORDER.CANCELLED} AND r.status <> {_ORDER.CANCELLED}
            OR held.status = {_ORDER.COMPLETED} AND r.status = {_ORDER.CANCELLED}
            OR r.shipped_at IS NULL AND held.fulfilment_status <> {_FULFILMENT.UNFULFILLED}
            OR r.delivered_at IS NULL AND held.fulfilment_status = {_FULFILMENT.DELIVERED}
            OR r.paid_at IS NULL AND held.paid_minor > 0
            OR EXISTS (SELECT 1 FROM shipping_shipment AS shipment
                        WHERE shipment.order_id = held.id AND shipment.source IS DISTINCT FROM {{source}})
            OR EXISTS (SELECT 1 FROM payments_payment AS payment
                        WHERE payment.order_id = held.id AND payment.source IS DISTINCT FROM {{source}}
                          AND payment.status IN ({quoted({PaymentState.AUTHORIZED, PaymentState.CAPTURED})})))
"""  # noqa: S608  composed of constants

# A line that changes its order cannot leave one that stays as it was: rejected now, or gone at the source.
REJECT_CLAIMS = f"""
    INSERT INTO {{problems}}
    SELECT DISTINCT ON (r._row) 'order', r._row, 100, '{Reason.LINE_REJECTED.value}', 'order_line', line.source_key,
           '{Reason.TAKEN.value}'
      FROM {{ready_order_line}} AS line
      JOIN {{ready_order}} AS r ON r.source_key = line."order"
      JOIN orders_orderline AS held ON held.id = line.id AND held.order_id <> r.id
     WHERE line.action = 'update' AND NOT EXISTS (SELECT 1 FROM {{ready_order}} AS other WHERE other.id = held.order_id)
     ORDER BY r._row, line._row
"""  # noqa: S608  composed of constants

REJECT_LINES = f"""
    INSERT INTO {{problems}}
    SELECT 'order_line', line._row, 100,
           CASE WHEN o._row IS NULL THEN '{Reason.UNKNOWN_REFERENCE.value}' ELSE '{Reason.ORDER_REJECTED.value}' END,
           'order', left(line."order", 200), 'order'
      FROM {{ready_order_line}} AS line
      LEFT JOIN {{ready_order}} AS r ON r.source_key = line."order"
      LEFT JOIN (SELECT source_key, min(_row) AS _row FROM {{shaped_order}} GROUP BY source_key) AS o
             ON o.source_key = line."order"
     WHERE r._row IS NULL
"""  # noqa: S608  composed of constants

_ADDRESS = """
    jsonb_build_object('full_name', r.full_name, 'company', r.company, 'line1', r.line1, 'line2', r.line2,
        'city', r.city, 'region', r.region, 'postal_code', r.postal_code, 'country', r.country, 'phone', r.phone)
"""

ORDER_JOINS = f"""
    LEFT JOIN (SELECT r."order", sum({_GROSS})::bigint AS gross, sum({_NET})::bigint AS net
                 FROM {{ready_order_line}} AS r GROUP BY r."order") AS lines ON lines."order" = r.source_key
    LEFT JOIN shipping_shippingmethod AS method ON method.id = r.shipping_method_id
    LEFT JOIN accounts_user AS customer ON customer.id = r.customer_id
    LEFT JOIN orders_order AS known ON known.id = r.id
"""  # noqa: S608  composed of constants


def _unless_erased(column: str, value: str) -> str:
    """What a person had erased does not come back with a changed row."""
    return f"CASE WHEN known.shipping_address ->> 'full_name' = '{ERASED}' THEN known.{column} ELSE {value} END"


# The order's own address, or its customer's: whoever tracks the order names it.
_EMAIL = _unless_erased("email", "coalesce(nullif(r.email, ''), customer.email, '')")
ORDER_VALUES = {
    "number": "r.number",
    "customer_id": "r.customer_id",
    "email": _EMAIL,
    "currency": "{currency}",
    "subtotal_minor": "coalesce(lines.gross, 0)",
    "discount_minor": "coalesce(lines.gross - lines.net, 0)",
    "shipping_minor": "r.shipping",
    "total_minor": "r.total",
    "shipping_address": _unless_erased("shipping_address", _ADDRESS),
    "billing_address": _unless_erased("billing_address", _ADDRESS),
    "tax_id": _unless_erased("tax_id", "coalesce(r.tax_id, '')"),
    "shipping_method": "coalesce(method.code, '')",
    "shipping_method_name": "coalesce(method.name, '')",
    "placed_at": "r.placed_at",
}
# Of a new order's payment DERIVE_TOTALS says the rest when its ledger is written.
ORDER_FIRST = {
    "id": "r.id",
    "created_at": "r.placed_at",
    "status": "r.status",
    "payment_status": f"CASE WHEN r.paid_at IS NULL THEN {_PAYMENT.UNPAID} ELSE {_PAYMENT.PAID} END",
    "paid_minor": "CASE WHEN r.paid_at IS NULL THEN 0 ELSE r.total END",
    # What moved in is in one shipment with all of its units, or in none.
    "fulfilment_status": fulfilment_status_sql(
        shipments="(r.shipped_at IS NOT NULL)::int", units_left="0", on_the_way="(r.delivered_at IS NULL)::int"
    ),
}

# What an order had at the source once and has no more.
REMOVE_LINES = """
    WITH gone AS MATERIALIZED (
             SELECT line.id, line.source_key
               FROM {ready_order} AS r JOIN orders_orderline AS line ON line.order_id = r.id AND line.source = {source}
              WHERE r.action = 'update'
                AND NOT EXISTS (SELECT 1 FROM {ready_order_line} AS kept
                                 WHERE kept.source_key = line.source_key AND kept."order" = r.source_key)),
         packed AS (DELETE FROM shipping_shipmentline AS packed USING gone WHERE packed.order_line_id = gone.id),
         adjusted AS (DELETE FROM orders_orderadjustment AS adjusted USING gone WHERE adjusted.line_id = gone.id),
         keys AS (DELETE FROM etl_keymap AS keymap USING gone
                   WHERE keymap.source = {source} AND keymap.entity = 'order_line'
                     AND keymap.source_key = gone.source_key)
    DELETE FROM orders_orderline AS line USING gone WHERE line.id = gone.id
"""

LINE_JOINS = """
    JOIN {ready_order} AS o ON o.source_key = r."order"
    JOIN catalog_product AS product ON product.id = r.product_id
    LEFT JOIN catalog_variant AS variant ON variant.source = {source} AND variant.source_key = r.product
    LEFT JOIN orders_orderline AS present ON present.id = r.id
    LEFT JOIN orders_orderline AS held ON held.id = r.id AND held.variant_id = variant.id
"""
LINE_VALUES = {
    "order_id": "o.id",
    "variant_id": "variant.id",
    # As the catalogue says now, or as this line has kept it.
    "sku": "coalesce(held.sku, variant.sku, '')",
    "name": "coalesce(held.name, product.name_en)",
    "unit_price_minor": "r.unit_price",
    "quantity": "r.quantity",
    "discount_minor": f"{_GROSS} - {_NET}",
    "total_minor": _NET,
    "price_steps": f"""
        jsonb_build_array(jsonb_build_object(
            'code', 'list_price', 'minor', {_GROSS}, 'currency', {{currency}}, 'detail', jsonb_build_object(
                'unit_price', round(r.unit_price / 10::numeric ^ {{decimals}}, {{decimals}})::text,
                'quantity', r.quantity::text)))
        || CASE WHEN {_GROSS} = {_NET} THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
            'code', 'discount', 'minor', {_NET} - {_GROSS}, 'currency', {{currency}},
            'detail', jsonb_build_object('rate', r.discount::text))) END
    """,
}
LINE_FIRST = {
    "id": "r.id",
    # New lines come behind those that the order has.
    "position": """
        (SELECT coalesce(max(other.position), 0) FROM orders_orderline AS other WHERE other.order_id = o.id)
        + row_number() OVER (PARTITION BY r."order", present.id IS NULL ORDER BY r._row)
    """,
    "created_at": "o.placed_at",
}

# A line's discount rests in a row, which is what its line says.
ADJUSTMENTS = (
    f"""
    DELETE FROM orders_orderadjustment AS adjusted
     USING {{ready_order}} AS r, orders_orderline AS line
     WHERE line.order_id = r.id AND adjusted.line_id = line.id AND adjusted.source = '{AdjustmentSource.IMPORT.value}'
       AND r.action <> 'unchanged' AND line.discount_minor = 0
    """,  # noqa: S608  composed of constants
    f"""
    INSERT INTO orders_orderadjustment
           (id, created_at, updated_at, order_id, line_id, kind, source, code, units, amount_minor, reason)
    SELECT uuidv7(), r.placed_at, now(), r.id, line.id, '{AdjustmentKind.DISCOUNT.value}',
           '{AdjustmentSource.IMPORT.value}', '', line.quantity, line.discount_minor, ''
      FROM {{ready_order}} AS r JOIN orders_orderline AS line ON line.order_id = r.id
     WHERE r.action <> 'unchanged' AND line.discount_minor > 0
     ORDER BY r._row, line.position
    ON CONFLICT (line_id, source, code)
    DO UPDATE SET units = EXCLUDED.units, amount_minor = EXCLUDED.amount_minor, updated_at = now()
     WHERE (orders_orderadjustment.units, orders_orderadjustment.amount_minor)
           <> (EXCLUDED.units, EXCLUDED.amount_minor)
    """,  # noqa: S608  composed of constants
)

SHIPMENT_LINES = """
    INSERT INTO shipping_shipmentline (shipment_id, order_line_id, quantity)
    SELECT shipment.id, line.id, line.quantity
      FROM {ready_order} AS r
      JOIN shipping_shipment AS shipment ON shipment.source = {source} AND shipment.source_key = r.source_key
      JOIN orders_orderline AS line ON line.order_id = r.id
     WHERE r.action <> 'unchanged'
     ORDER BY r._row, line.position
    ON CONFLICT (shipment_id, order_line_id) DO UPDATE SET quantity = EXCLUDED.quantity
     WHERE shipping_shipmentline.quantity <> EXCLUDED.quantity
"""

# The ledger is never rewritten: what a changed total or refund adds or takes away is another entry. What staff gave
# back in the shop counts towards what the source says went back.
TRANSACTIONS = """
    INSERT INTO payments_paymenttransaction
           (payment_id, kind, amount_minor, provider, event_id, note, door, created_at)
    SELECT payment.id, entry.kind, entry.minor, payment.provider,
           {source} || ':' || r.source_key || ':' || right({run}::text, 12) || entry.suffix, {source}, 'import',
           entry.at
      FROM {ready_order} AS r
      JOIN payments_payment AS payment ON payment.source = {source} AND payment.source_key = r.source_key
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
                  coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
                  coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund' AND door = 'import'), 0) AS refunded_before
             FROM payments_paymenttransaction WHERE payment_id = payment.id) AS held
      CROSS JOIN LATERAL (SELECT payment.amount_minor - r.refunded AS stays) AS goal
      CROSS JOIN LATERAL (SELECT greatest(held.captured, goal.stays + held.refunded_before, payment.amount_minor)
                                 AS captured) AS next
      CROSS JOIN LATERAL (VALUES
               (1, 'capture', next.captured - held.captured, '',
                CASE WHEN held.captured = 0 THEN r.paid_at ELSE now() END),
               (2, 'refund', next.captured - goal.stays - held.refunded, ':refund',
                CASE WHEN held.refunded = 0 THEN coalesce(r.refunded_at, now()) ELSE now() END)
           ) AS entry (place, kind, minor, suffix, at)
     WHERE r.action <> 'unchanged' AND entry.minor > 0
     ORDER BY r._row, entry.place
"""

# What moved in without a price was not paid at its source, where nothing was owed either.
_PAYMENT_STATUS = f"""
    CASE WHEN r.total = 0 AND r.paid_at IS NULL AND sums.refunded = 0 THEN {_PAYMENT.UNPAID}
         ELSE {
    payment_status_sql(total="r.total", paid="sums.paid", refunded="sums.refunded", authorized="sums.authorized")
} END
"""

DERIVE_TOTALS = f"""
    UPDATE orders_order AS held
       SET paid_minor = derived.paid, refunded_minor = derived.refunded, payment_status = derived.payment_status,
           fulfilment_status = derived.fulfilment_status, updated_at = now()
      FROM (SELECT r.id, sums.paid, sums.refunded,
                   {_PAYMENT_STATUS} AS payment_status,
                   {ORDER_FIRST["fulfilment_status"]} AS fulfilment_status
              FROM {{ready_order}} AS r
              CROSS JOIN LATERAL ({totals_sql("r.id")}) AS sums
             WHERE r.action <> 'unchanged') AS derived
     WHERE held.id = derived.id
       AND (held.paid_minor, held.refunded_minor, held.payment_status, held.fulfilment_status)
           IS DISTINCT FROM (derived.paid, derived.refunded, derived.payment_status, derived.fulfilment_status)
"""  # noqa: S608  composed of constants

# One step at a time: the database's trigger knows no shorter way.
_FORWARDS = tuple(
    f"""
    UPDATE orders_order AS held SET status = '{after}', updated_at = now()
      FROM {{ready_order}} AS r
     WHERE held.id = r.id AND held.status = '{before}' AND {_RANK.format("r.status")} >= {_RANK.format(f"'{after}'")}
       AND r.action = 'update'
    """  # noqa: S608  composed of constants
    for before, after in pairwise(_ON_THE_WAY)
)
_CANCEL = f"""
    UPDATE orders_order AS held SET status = {_ORDER.CANCELLED}, updated_at = now()
      FROM {{ready_order}} AS r
     WHERE held.id = r.id AND r.action = 'update' AND r.status = {_ORDER.CANCELLED}
       AND held.status <> {_ORDER.CANCELLED}
"""  # noqa: S608  composed of constants
STEPS = (*_FORWARDS, _CANCEL)


def _end_of_way(kind: str, first: str) -> str:
    """The state that an order's history of a kind leads to: the one that was come to more often than left."""
    return f"""
        CROSS JOIN LATERAL (SELECT coalesce((
            SELECT state FROM (SELECT '{first}' AS state, 1 AS times
                                UNION ALL SELECT to_state, 1 FROM orders_ordertransition
                                           WHERE order_id = r.id AND kind = '{kind}'
                                UNION ALL SELECT from_state, -1 FROM orders_ordertransition
                                           WHERE order_id = r.id AND kind = '{kind}') AS steps
             GROUP BY state HAVING sum(times) > 0 LIMIT 1), '{first}') AS state) AS {kind}_way
    """  # noqa: S608  composed of constants


# Every state that was reached, at its own date, from where the history stands.
HISTORY = f"""
    INSERT INTO orders_ordertransition (order_id, kind, from_state, to_state, note, door, created_at)
    SELECT r.id, step.kind, step.before, step.after, {{source}}, 'import', step.at
      FROM {{ready_order}} AS r
      JOIN orders_order AS held ON held.id = r.id
      {_end_of_way("status", "")} {_end_of_way("payment", PaymentStatus.UNPAID)}
           {_end_of_way("fulfilment", FulfilmentStatus.UNFULFILLED)}
      CROSS JOIN LATERAL (SELECT payment_way.state IN ({_PAYMENT.UNPAID}, {_PAYMENT.AUTHORIZED},
           {_PAYMENT.PARTIALLY_PAID}) AS is_unpaid,
                                 held.payment_status IN ({_PAYMENT.PARTIALLY_REFUNDED},
                                      {_PAYMENT.REFUNDED}) AS is_refunded) AS money
      CROSS JOIN LATERAL (VALUES
               (1, 'status', '', CASE held.status WHEN {_ORDER.PENDING} THEN {_ORDER.PENDING}
                    ELSE {_ORDER.CONFIRMED} END, r.placed_at,
                status_way.state = ''),
               (2, 'payment', payment_way.state, {_PAYMENT.PAID}, r.paid_at, money.is_unpaid AND r.paid_at IS NOT NULL),
               (3, 'status', {_ORDER.PENDING}, {_ORDER.CONFIRMED}, coalesce(r.paid_at, now()),
                status_way.state = {_ORDER.PENDING} AND held.status IN ({_ORDER.CONFIRMED}, {_ORDER.PROCESSING},
                     {_ORDER.COMPLETED})),
               (4, 'status', {_ORDER.CONFIRMED}, {_ORDER.PROCESSING}, coalesce(r.shipped_at, greatest(r.placed_at,
                    r.paid_at)),
                status_way.state IN ('', {_ORDER.PENDING}, {_ORDER.CONFIRMED})
                     AND held.status IN ({_ORDER.PROCESSING}, {_ORDER.COMPLETED})),
               (5, 'fulfilment', {_FULFILMENT.UNFULFILLED}, {_FULFILMENT.SHIPPED}, r.shipped_at,
                fulfilment_way.state = {_FULFILMENT.UNFULFILLED} AND r.shipped_at IS NOT NULL),
               (6, 'fulfilment', {_FULFILMENT.SHIPPED}, {_FULFILMENT.DELIVERED}, r.delivered_at,
                fulfilment_way.state IN ({_FULFILMENT.UNFULFILLED}, {_FULFILMENT.SHIPPED})
                     AND r.delivered_at IS NOT NULL),
               (7, 'status', {_ORDER.PROCESSING}, {_ORDER.COMPLETED}, greatest(r.shipped_at, r.paid_at),
                status_way.state IN ('', {_ORDER.PENDING}, {_ORDER.CONFIRMED}, {_ORDER.PROCESSING})
                     AND held.status = {_ORDER.COMPLETED}),
               (8, 'payment', CASE WHEN money.is_unpaid THEN {_PAYMENT.PAID}
                    ELSE payment_way.state END, held.payment_status,
                coalesce(r.refunded_at, now()), money.is_refunded AND payment_way.state <> held.payment_status),
               (9, 'status', CASE status_way.state WHEN '' THEN {_ORDER.CONFIRMED}
                    ELSE status_way.state END, {_ORDER.CANCELLED},
                r.cancelled_at, held.status = {_ORDER.CANCELLED} AND status_way.state <> {_ORDER.CANCELLED})
           ) AS step (place, kind, before, after, at, applies)
     WHERE r.action <> 'unchanged' AND step.applies
     ORDER BY r._row, step.at, step.place
"""  # noqa: S608  composed of constants
