"""The statements of the order loader. `r` is a ready row; the states follow from when it was shipped and paid."""

from etl.entities import MAX_MINOR, MAX_QUANTITY
from etl.reasons import Reason

_GROSS = "r.unit_price * r.quantity"
# numeric's round() takes halves away from zero.
_NET = "round(r.unit_price * r.quantity * (1 - coalesce(r.discount, 0)))::bigint"

# Where an order of the past stands: shipped and paid is the end, everything else is still open.
_STATUS = """
    CASE WHEN r.shipped_at IS NULL THEN 'confirmed' WHEN r.paid_at IS NULL THEN 'processing' ELSE 'completed' END
"""
_RANK = "array_position(ARRAY['confirmed', 'processing', 'completed'], {})"

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
           {_STATUS} || CASE WHEN r.paid_at IS NULL THEN ', unpaid' ELSE ', paid' END,
           held.status || ', ' || held.payment_status || ', ' || held.fulfilment_status
      FROM {{ready_order}} AS r JOIN orders_order AS held ON held.id = r.id
     WHERE r.action = 'update'
       AND (coalesce({_RANK.format("held.status")}, 4) > {_RANK.format(_STATUS)}
            OR r.paid_at IS NULL AND held.paid_minor > 0
            OR EXISTS (SELECT 1 FROM shipping_shipment AS shipment
                        WHERE shipment.order_id = held.id AND shipment.source IS DISTINCT FROM {{source}})
            OR EXISTS (SELECT 1 FROM payments_payment AS payment
                        WHERE payment.order_id = held.id AND payment.source IS DISTINCT FROM {{source}}
                          AND payment.status IN ('authorized', 'captured')))
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
"""  # noqa: S608  composed of constants
ORDER_VALUES = {
    "number": "r.number",
    "customer_id": "r.customer_id",
    "currency": "{currency}",
    "subtotal_minor": "coalesce(lines.gross, 0)",
    "discount_minor": "coalesce(lines.gross - lines.net, 0)",
    "shipping_minor": "r.shipping",
    "total_minor": "coalesce(lines.net, 0) + r.shipping",
    "shipping_address": _ADDRESS,
    "billing_address": _ADDRESS,
    "shipping_method": "coalesce(method.code, '')",
    "shipping_method_name": "coalesce(method.name, '')",
    "placed_at": "r.placed_at",
}
ORDER_FIRST = {
    "id": "r.id",
    "created_at": "r.placed_at",
    "status": _STATUS,
    "payment_status": "CASE WHEN r.paid_at IS NULL THEN 'unpaid' ELSE 'paid' END",
    "paid_minor": "CASE WHEN r.paid_at IS NULL THEN 0 ELSE coalesce(lines.net, 0) + r.shipping END",
    "fulfilment_status": "CASE WHEN r.shipped_at IS NULL THEN 'unfulfilled' ELSE 'delivered' END",
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

# The ledger is never rewritten: what a changed total adds or takes away is another entry.
TRANSACTIONS = """
    INSERT INTO payments_paymenttransaction
           (payment_id, kind, amount_minor, provider, event_id, note, door, created_at)
    SELECT payment.id, CASE WHEN owed.minor > 0 THEN 'capture' ELSE 'refund' END, abs(owed.minor), payment.provider,
           {source} || ':' || r.source_key || ':' || right({run}::text, 12), {source}, 'import',
           CASE WHEN moved.entries = 0 THEN r.paid_at ELSE now() END
      FROM {ready_order} AS r
      JOIN payments_payment AS payment ON payment.source = {source} AND payment.source_key = r.source_key
      CROSS JOIN LATERAL (SELECT count(*) AS entries,
                                 coalesce(sum(CASE entry.kind WHEN 'capture' THEN entry.amount_minor
                                                              WHEN 'refund' THEN -entry.amount_minor END), 0) AS minor
                            FROM payments_paymenttransaction AS entry WHERE entry.payment_id = payment.id) AS moved
      CROSS JOIN LATERAL (SELECT payment.amount_minor - moved.minor AS minor) AS owed
     WHERE r.action <> 'unchanged' AND owed.minor <> 0
     ORDER BY r._row
"""

# As orders.services derives them, from the ledger and the parcels.
DERIVE_TOTALS = """
    UPDATE orders_order AS held
       SET paid_minor = derived.paid, refunded_minor = derived.refunded, payment_status = derived.payment_status,
           fulfilment_status = derived.fulfilment_status, updated_at = now()
      FROM (SELECT r.id, sums.paid, sums.refunded,
                   CASE WHEN sums.refunded > 0 AND sums.refunded >= sums.paid THEN 'refunded'
                        WHEN sums.refunded > 0 THEN 'partially_refunded'
                        WHEN r.paid_at IS NOT NULL THEN 'paid' ELSE 'unpaid' END AS payment_status,
                   CASE WHEN r.shipped_at IS NULL THEN 'unfulfilled' ELSE 'delivered' END AS fulfilment_status
              FROM {ready_order} AS r
              CROSS JOIN LATERAL (
                  SELECT coalesce(sum(entry.amount_minor) FILTER (WHERE entry.kind = 'capture'), 0) AS paid,
                         coalesce(sum(entry.amount_minor) FILTER (WHERE entry.kind = 'refund'), 0) AS refunded
                    FROM payments_paymenttransaction AS entry JOIN payments_payment AS payment
                      ON payment.id = entry.payment_id
                   WHERE payment.order_id = r.id) AS sums
             WHERE r.action <> 'unchanged') AS derived
     WHERE held.id = derived.id
       AND (held.paid_minor, held.refunded_minor, held.payment_status, held.fulfilment_status)
           IS DISTINCT FROM (derived.paid, derived.refunded, derived.payment_status, derived.fulfilment_status)
"""

# One step at a time: the database's trigger knows no shorter way.
STEPS = tuple(
    f"""
    UPDATE orders_order AS held SET status = '{after}', updated_at = now()
      FROM {{ready_order}} AS r
     WHERE held.id = r.id AND held.status = '{before}' AND {_RANK.format(_STATUS)} >= {_RANK.format(f"'{after}'")}
       AND r.action = 'update'
    """  # noqa: S608  composed of constants
    for before, after in (("confirmed", "processing"), ("processing", "completed"))
)

# Every state that was reached, at its own date, unless the history has it already.
HISTORY = """
    INSERT INTO orders_ordertransition (order_id, kind, from_state, to_state, note, door, created_at)
    SELECT r.id, step.kind, step.before, step.after, {source}, 'import', step.at
      FROM {ready_order} AS r
      JOIN orders_order AS held ON held.id = r.id
      CROSS JOIN LATERAL (VALUES
               (1, 'status', '', 'confirmed', r.placed_at),
               (2, 'payment', 'unpaid', 'paid', r.paid_at),
               (3, 'status', 'confirmed', 'processing', r.shipped_at),
               (4, 'fulfilment', 'unfulfilled', 'shipped', r.shipped_at),
               (5, 'fulfilment', 'shipped', 'delivered', r.shipped_at),
               (6, 'status', 'processing', 'completed',
                CASE WHEN held.status = 'completed' THEN greatest(r.shipped_at, r.paid_at) END),
               (7, 'payment', 'paid', held.payment_status,
                CASE WHEN held.payment_status IN ('partially_refunded', 'refunded') THEN now() END)
           ) AS step (place, kind, before, after, at)
     WHERE r.action <> 'unchanged' AND step.at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM orders_ordertransition AS had
                        WHERE had.order_id = r.id AND had.kind = step.kind AND had.to_state = step.after)
     ORDER BY r._row, step.at, step.place
"""
