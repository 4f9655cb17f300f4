"""The statements that draw orders and write them with all that belongs to them.

A batch is drawn into temporary tables: `bulk_head` has a row an order, `bulk_line` a row a line, `bulk_order` the sums.
Draws are cut from md5 hashes of seed and number, so an order comes out the same in any batch. What became of an
order follows from how long ago it was placed: only the orders of the last week are still open.
"""

from enum import StrEnum

from django.conf import settings

from catalog.models import TaxClass
from core.db.locking import literals, quoted
from orders.derived import fulfilment_status_sql, payment_status_sql
from orders.numbers import ALPHABET
from orders.states import FulfilmentStatus, OrderStatus, PaymentStatus
from payments.states import PaymentState
from sampledata.bulk.origin import SOURCE
from shipping.states import ShipmentState

# How unequal sales are: of exp(0..SKEW) the steepest part is the long tail.
SKEW = 4.5
SLOTS = 8192
# Coprime to 2^40, so that every order gets a number of its own.
_STRIDE = 387_420_489_043


class Fate(StrEnum):
    """What becomes of an order; its states follow."""

    AWAITING = "awaiting"  # a transfer has not come yet
    CASH = "cash"  # paid when it arrives
    PAID = "paid"  # and not sent yet
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_ORDER = literals(OrderStatus)
_PAYMENT = literals(PaymentStatus)
_FULFILMENT = literals(FulfilmentStatus)
_SHIPMENT = literals(ShipmentState)
_PAYMENT_STATE = literals(PaymentState)
_FATE = literals(Fate)
_OPEN = f"({quoted({Fate.AWAITING, Fate.CASH, Fate.PAID})})"
_SENT = f"({quoted({Fate.SHIPPED, Fate.DELIVERED, Fate.PARTLY_REFUNDED, Fate.REFUNDED})})"
_ARRIVED = f"({quoted({Fate.DELIVERED, Fate.PARTLY_REFUNDED, Fate.REFUNDED})})"
# When the day is over, in the shop's zone, by which a transfer is awaited (payments.providers.bank_transfer).
_ZONE = f"AT TIME ZONE '{settings.TIME_ZONE}'"
_PAY_DAY_ENDS = f"((placed_at {_ZONE})::date + 8)::timestamp {_ZONE}"


def _id(kind: str, number: str, *more: str) -> str:
    """A UUIDv7 that counts rows in its time and is hashed from the seed in its rest."""
    seed = " || ':' || ".join((f"%(seed)s::text || ':{kind}'", f"{number}", *more))
    digest = f"md5({seed})"
    return (
        f"(lpad(to_hex(%(base_ms)s::bigint + {number}), 12, '0') || '7' || substr({digest}, 1, 3)"
        f" || '8' || substr({digest}, 4, 15))::uuid"
    )


def _draw(digest: str, start: int) -> str:
    """A number from 0 up to but without 1, out of six digits of a hash."""
    return f"(('x' || substr({digest}, {start}, 6))::bit(24)::int / 16777216.0::float8)"


def _number() -> str:
    """An order number as orders.numbers makes it: eight characters and their check character."""
    digits = [f"((code >> {5 * place}) & 31)::int" for place in range(8)]
    body = " || ".join(f"substr('{ALPHABET}', {digit} + 1, 1)" for digit in reversed(digits))
    doubled = [f"({digit} * 2) / 32 + ({digit} * 2) %% 32" for digit in digits[::2]]
    check = f"(32 - ({' + '.join([*doubled, *digits[1::2]])}) %% 32) %% 32"
    return f"{body} || substr('{ALPHABET}', {check} + 1, 1)"


def _step(code: str, minor: str, detail: str) -> str:
    return f"jsonb_build_object('code', {code}, 'minor', {minor}, 'currency', %(currency)s::text, 'detail', {detail})"


def _tax(amount: str, rate: str, included: str) -> str:
    # numeric's round() takes halves away from zero, which is half-up here.
    return f"round(CASE WHEN {included} THEN {amount} * {rate} / (1 + {rate}) ELSE {amount} * {rate} END)::bigint"


# What is looked up -------------------------------------------------------------------------------------------------

GOODS = f"""
    CREATE TEMP TABLE bulk_good AS
    SELECT row_number() OVER (ORDER BY v.source_key)::int AS good, v.id AS variant_id, v.sku, v.price_minor AS price,
           p.tax_class, p.name_en, p.name_fr, p.name_ar, item.id AS item_id
      FROM catalog_variant AS v
      JOIN catalog_product AS p ON p.id = v.product_id
      JOIN inventory_stockitem AS item ON item.source = v.source AND item.source_key = v.source_key
                                      AND item.variant_id = v.id
     WHERE v.source = '{SOURCE}' AND v.source_key BETWEEN %(first_key)s AND %(last_key)s AND v.price_minor > 0
"""  # noqa: S608  composed of constants
PEOPLE = f"""
    CREATE TEMP TABLE bulk_person AS
    SELECT row_number() OVER (ORDER BY u.source_key)::int AS person, u.id AS customer_id, u.email,
           u.preferred_language AS language, a.country, a.region, a.postal_code,
           jsonb_build_object('full_name', a.full_name, 'company', a.company, 'line1', a.line1, 'line2', a.line2,
               'city', a.city, 'region', a.region, 'postal_code', a.postal_code, 'country', a.country,
               'phone', a.phone) AS address
      FROM accounts_user AS u
      JOIN accounts_address AS a ON a.user_id = u.id AND a.is_default_shipping
     WHERE u.source = '{SOURCE}' AND u.source_key BETWEEN %(first_key)s AND %(last_key)s AND u.email IS NOT NULL
"""  # noqa: S608  composed of constants
RULES = """
    CREATE TEMP TABLE bulk_tax (country text, region text, postal_code text, tax_class text, zone text,
                                included boolean, rate numeric, shown text);
    CREATE TEMP TABLE bulk_calendar (slot int, day timestamptz);
"""
INDEXES = """
    CREATE UNIQUE INDEX ON bulk_good (good);
    CREATE UNIQUE INDEX ON bulk_person (person);
    CREATE UNIQUE INDEX ON bulk_calendar (slot);
    ANALYZE bulk_good, bulk_person, bulk_tax, bulk_calendar;
"""
DROP = """
    DROP TABLE IF EXISTS bulk_good, bulk_person, bulk_tax, bulk_calendar, bulk_head, bulk_line, bulk_order, bulk_demand
"""

# A batch is drawn --------------------------------------------------------------------------------------------------

HEAD = f"""
    CREATE TEMP TABLE bulk_head AS
    WITH hashed AS (SELECT n::bigint, md5(%(seed)s::text || ':a:' || n) AS a, md5(%(seed)s::text || ':b:' || n) AS b
                      FROM generate_series(%(low)s::bigint, %(high)s::bigint) AS n),
         drawn AS (
             SELECT n, (n * {_STRIDE} + %(seed)s::bigint * 104729) & ((1::bigint << 40) - 1) AS code,
                    p.customer_id, p.email, p.language, p.country, p.region, p.postal_code, p.address,
                    {_draw("a", 13)} < 0.1 AS guest,
                    c.day + {_draw("a", 19)} * interval '15 hours' + {_draw("a", 25)} * interval '8 hours' AS placed_at,
                    {_draw("b", 1)} AS fate_draw, {_draw("b", 7)} AS method_draw, {_draw("b", 13)} AS provider_draw,
                    {_draw("b", 19)} AS size_draw, {_draw("b", 25)} AS tracking_draw
               FROM hashed
               JOIN bulk_person AS p ON p.person = 1 + floor(%(people)s * power({_draw("a", 1)}, 2))::int
               JOIN bulk_calendar AS c ON c.slot = floor({SLOTS} * {_draw("a", 7)})::int),
         aged AS (SELECT *, extract(epoch FROM %(until)s::timestamptz - placed_at) / 86400 AS age FROM drawn),
         fated AS (
             SELECT *, CASE
                 WHEN age >= 15 THEN CASE WHEN fate_draw < 0.90 THEN {_FATE.DELIVERED}
                      WHEN fate_draw < 0.93 THEN {_FATE.REFUNDED}
                     WHEN fate_draw < 0.95 THEN {_FATE.PARTLY_REFUNDED} WHEN fate_draw < 0.97 THEN {_FATE.CANCELLED}
                     ELSE {_FATE.EXPIRED} END
                 WHEN age >= 8 THEN CASE WHEN fate_draw < 0.95 THEN {_FATE.DELIVERED}
                      WHEN fate_draw < 0.97 THEN {_FATE.CANCELLED}
                     ELSE {_FATE.EXPIRED} END
                 WHEN age >= 6 AND fate_draw < 0.75 THEN {_FATE.DELIVERED}
                 WHEN age >= 2 THEN CASE WHEN fate_draw < 0.75 THEN {_FATE.SHIPPED}
                      WHEN fate_draw < 0.82 THEN {_FATE.PAID}
                     WHEN fate_draw < 0.90 THEN {_FATE.CASH} WHEN fate_draw < 0.96 THEN {_FATE.AWAITING}
                          ELSE {_FATE.CANCELLED} END
                 WHEN age >= 1 THEN CASE WHEN fate_draw < 0.45 THEN {_FATE.CASH}
                      WHEN fate_draw < 0.7 THEN {_FATE.AWAITING}
                     WHEN fate_draw < 0.95 THEN {_FATE.PAID} ELSE {_FATE.CANCELLED} END
                 WHEN fate_draw < 0.5 THEN {_FATE.CASH} ELSE {_FATE.AWAITING} END AS fate
               FROM aged),
         chosen AS (
             SELECT *, CASE WHEN fate IN ({_FATE.AWAITING}, {_FATE.EXPIRED}, {_FATE.CANCELLED}, {_FATE.PAID})
                  THEN 'bank_transfer'
                            WHEN fate = {_FATE.CASH} OR provider_draw < 0.67 THEN 'cash_on_delivery'
                            ELSE 'bank_transfer' END AS provider,
                    CASE WHEN method_draw < 0.1 AND country = ANY(%(pickup_countries)s) THEN 'pickup'
                         WHEN method_draw < 0.4 THEN 'express' ELSE 'standard' END AS method
               FROM fated),
         sent AS (SELECT *, CASE WHEN fate IN {_SENT} THEN placed_at + interval '32 hours' END AS shipped_at
                    FROM chosen),
         arrived AS (
             SELECT *, CASE WHEN fate IN {_ARRIVED} THEN shipped_at
                 + CASE WHEN method = 'standard' THEN interval '99 hours' ELSE interval '27 hours' END
                 END AS delivered_at
               FROM sent)
    SELECT *, {_id("order", "n")} AS id, {_id("payment", "n")} AS payment_id, {_id("shipment", "n")} AS shipment_id,
           lpad(n::text, 9, '0') AS padded,
           CASE WHEN provider = 'cash_on_delivery' THEN delivered_at
                WHEN fate = {_FATE.PAID} OR fate IN {_SENT} THEN placed_at + interval '20 hours' END AS paid_at,
           CASE fate WHEN {_FATE.REFUNDED} THEN placed_at + interval '14 days'
                     WHEN {_FATE.PARTLY_REFUNDED} THEN placed_at + interval '12 days' END AS refunded_at,
           CASE fate WHEN {_FATE.CANCELLED} THEN placed_at + interval '9 hours'
                     WHEN {_FATE.EXPIRED} THEN {_PAY_DAY_ENDS} END AS ended_at,
           CASE WHEN size_draw < 0.35 THEN 1 WHEN size_draw < 0.65 THEN 2 WHEN size_draw < 0.85 THEN 3
                WHEN size_draw < 0.95 THEN 4 ELSE 6 END AS size
      FROM arrived
"""  # noqa: S608  composed of constants

LINE = f"""
    CREATE TEMP TABLE bulk_line AS
    WITH drawn AS (
             SELECT h.n, k, md5(%(seed)s::text || ':line:' || h.n || ':' || k) AS d
               FROM bulk_head AS h CROSS JOIN LATERAL generate_series(1, h.size) AS k),
         picked AS (
             SELECT DISTINCT ON (n, good) n, k, good, {_draw("d", 7)} AS units_draw
               FROM (SELECT *, 1 + floor(%(goods)s * (exp({SKEW} * {_draw("d", 1)}) - 1)
                                            / (exp({SKEW}::float8) - 1))::int AS good FROM drawn) AS aimed
              ORDER BY n, good, k),
         priced AS (
             SELECT picked.n, row_number() OVER (PARTITION BY picked.n ORDER BY picked.k) AS position, g.*,
                    -- Prices of some goods have risen since, by up to four hundredths every half-year.
                    greatest(1, round(g.price * (100 - 2 * (g.good %% 3) * floor(h.age / 183))::numeric / 100))::bigint
                        AS unit,
                    CASE WHEN g.tax_class = '{TaxClass.REDUCED.value}' THEN 1 + floor(3 * units_draw)
                         WHEN g.price < 5000 THEN 1 + floor(2 * units_draw) ELSE 1 END::bigint AS units,
                    h.id AS order_id, h.country, h.region, h.postal_code, h.language
               FROM picked JOIN bulk_good AS g USING (good) JOIN bulk_head AS h ON h.n = picked.n)
    SELECT l.n, l.position, l.order_id, l.variant_id, l.item_id, l.sku, l.unit, l.units, l.unit * l.units AS total,
           CASE l.language WHEN 'fr' THEN l.name_fr WHEN 'ar' THEN l.name_ar ELSE l.name_en END AS name,
           t.rate, t.shown, t.zone, t.included, {_tax("(l.unit * l.units)", "t.rate", "t.included")} AS tax,
           {_id("line", "(l.n * 8 + l.position)")} AS id
      FROM priced AS l JOIN bulk_tax AS t USING (country, region, postal_code, tax_class)
"""  # noqa: S608  composed of constants

ORDER = f"""
    CREATE TEMP TABLE bulk_order AS
    WITH sums AS (SELECT n, sum(total)::bigint AS subtotal, sum(tax)::bigint AS tax,
                         max(unit) FILTER (WHERE position = 1) AS first_unit
                    FROM bulk_line GROUP BY n),
         charged AS (
             SELECT sums.*, m.id AS method_id, m.carrier, t.zone, t.included, t.rate, t.shown,
                    CASE h.language WHEN 'fr' THEN m.name_fr WHEN 'ar' THEN m.name_ar ELSE m.name_en END AS method_name,
                    CASE WHEN m.free_from_minor <= subtotal THEN 0 ELSE m.price_minor END AS shipping
               FROM sums
               JOIN bulk_head AS h USING (n)
               JOIN shipping_shippingmethod AS m ON m.code = h.method
               JOIN bulk_tax AS t ON (t.country, t.region, t.postal_code, t.tax_class)
                                      = (h.country, h.region, h.postal_code, m.tax_class)),
         taxed AS (SELECT *, {_tax("shipping", "rate", "included")} AS shipping_tax FROM charged),
         by_rate AS (SELECT n, rate, min(shown) AS shown, sum(tax) AS tax
                       FROM (SELECT n, rate, shown, tax FROM bulk_line
                              UNION ALL SELECT n, rate, shown, shipping_tax FROM taxed) AS each
                      WHERE rate > 0 GROUP BY n, rate),
         steps AS (SELECT by_rate.n, jsonb_agg({
    _step(
        "CASE WHEN included THEN 'tax_included' ELSE 'tax_added' END",
        "by_rate.tax",
        "jsonb_build_object('zone', zone, 'rate', by_rate.shown)",
    )
} ORDER BY by_rate.rate DESC) AS tax_steps
                     FROM by_rate JOIN taxed USING (n) GROUP BY by_rate.n),
         totalled AS (SELECT taxed.*, taxed.tax + shipping_tax AS all_tax, tax_steps,
                             subtotal + shipping + CASE WHEN included THEN 0 ELSE taxed.tax + shipping_tax END AS total
                        FROM taxed LEFT JOIN steps USING (n))
    SELECT t.*, CASE WHEN h.paid_at IS NULL THEN 0 ELSE total END AS paid,
           CASE h.fate WHEN {_FATE.REFUNDED} THEN total WHEN {
    _FATE.PARTLY_REFUNDED
} THEN least(total, first_unit) ELSE 0 END
               AS refunded
      FROM totalled AS t JOIN bulk_head AS h USING (n)
"""  # noqa: S608  composed of constants

DEMAND = f"""
    CREATE TEMP TABLE bulk_demand AS
    SELECT l.item_id, sum(l.units) FILTER (WHERE h.fate IN {_SENT}) AS shipped,
           sum(l.units) FILTER (WHERE h.fate IN {_OPEN}) AS reserved,
           ((sum(l.units) + 11) / 12)::bigint * 12 AS received, min(h.n * 8) AS n
      FROM bulk_line AS l JOIN bulk_head AS h USING (n)
     WHERE h.fate IN {_SENT} OR h.fate IN {_OPEN}
     GROUP BY l.item_id
"""  # noqa: S608  composed of constants

DRAWN = ("bulk_head", "bulk_line", "bulk_order", "bulk_demand")
DRAW = (HEAD, "ANALYZE bulk_head", LINE, "ANALYZE bulk_line", ORDER, "ANALYZE bulk_order", DEMAND)

# A batch is written ------------------------------------------------------------------------------------------------

ORDERS = f"""
    INSERT INTO orders_order
           (id, created_at, updated_at, source, source_key, number, customer_id, email, language, status,
            payment_status, fulfilment_status, currency, subtotal_minor, discount_minor, shipping_minor,
            shipping_tax_rate, shipping_tax_minor, tax_minor, total_minor, paid_minor, refunded_minor,
            prices_include_tax, tax_zone, price_steps, shipping_address, billing_address, shipping_method,
            shipping_method_name, payment_provider, placed_at, expires_at)
    SELECT h.id, placed_at, %(until)s::timestamptz, '{SOURCE}', %(seed)s::text || '-' || padded, {_number()},
           CASE WHEN guest THEN NULL ELSE customer_id END, email, language,
           CASE WHEN ended_at IS NOT NULL THEN {_ORDER.CANCELLED} WHEN delivered_at IS NOT NULL THEN {_ORDER.COMPLETED}
                WHEN shipped_at IS NOT NULL THEN {_ORDER.PROCESSING} WHEN fate = {_FATE.AWAITING} THEN {_ORDER.PENDING}
                ELSE {_ORDER.CONFIRMED} END,
           {payment_status_sql(total="o.total", paid="o.paid", refunded="o.refunded")},
           {
    fulfilment_status_sql(
        shipments="(shipped_at IS NOT NULL)::int", units_left="0", on_the_way="(delivered_at IS NULL)::int"
    )
},
           %(currency)s::text, subtotal, 0, shipping, rate, shipping_tax, all_tax, total, paid, refunded, included,
           zone,
           jsonb_build_array({_step("'subtotal'", "subtotal", "'{}'::jsonb")},
                             {_step("'shipping'", "shipping", "jsonb_build_object('method', method_name)")})
               || coalesce(tax_steps, '[]'),
           address, address, method, method_name, provider, placed_at,
           CASE WHEN provider = 'bank_transfer' THEN {_PAY_DAY_ENDS} - interval '1 microsecond' END
      FROM bulk_head AS h JOIN bulk_order AS o USING (n) ORDER BY n
"""  # noqa: S608  composed of constants

LINES = f"""
    INSERT INTO orders_orderline
           (id, created_at, updated_at, order_id, variant_id, position, sku, name, unit_price_minor, quantity,
            tax_rate, tax_minor, total_minor, price_steps)
    SELECT l.id, h.placed_at, %(until)s::timestamptz, l.order_id, l.variant_id, l.position, l.sku, l.name, l.unit,
           l.units, l.rate, l.tax, l.total,
           jsonb_build_array(
               {
    _step(
        "'list_price'",
        "l.total",
        "jsonb_build_object('unit_price',"
        " round(l.unit / 10::numeric ^ %(decimals)s::int, %(decimals)s::int)::text, 'quantity', l.units::text)",
    )
},
               {
    _step(
        "CASE WHEN l.included THEN 'tax_included' ELSE 'tax_added' END",
        "l.tax",
        "jsonb_build_object('zone', l.zone, 'rate', l.shown)",
    )
})
      FROM bulk_line AS l JOIN bulk_head AS h USING (n) ORDER BY l.n, l.position
"""  # noqa: S608  composed of constants

# By whom: the customer on the page, the house in the admin, nobody by the clock.
HISTORY = f"""
    INSERT INTO orders_ordertransition (id, created_at, order_id, kind, from_state, to_state, note, actor_id, door)
    SELECT {_id("history", "(h.n * 16 + place)")}, step.at, h.id, kind, before, after, note,
           CASE WHEN door = 'page' AND NOT guest THEN customer_id END, door
      FROM bulk_head AS h JOIN bulk_order AS o USING (n)
      CROSS JOIN LATERAL (VALUES
          (1, 'status', '', {_ORDER.PENDING}, '', 'page', placed_at),
          (2, 'status', {_ORDER.PENDING}, {_ORDER.CONFIRMED}, '', 'page',
              CASE WHEN provider = 'cash_on_delivery' THEN placed_at END),
          (3, 'payment', {_PAYMENT.UNPAID}, {_PAYMENT.PAID}, '', 'admin', CASE
               WHEN provider = 'bank_transfer' THEN paid_at END),
          (4, 'status', {_ORDER.PENDING}, {_ORDER.CONFIRMED}, '', 'admin', CASE
               WHEN provider = 'bank_transfer' THEN paid_at END),
          (5, 'status', {_ORDER.CONFIRMED}, {_ORDER.PROCESSING}, '', 'admin', shipped_at),
          (6, 'fulfilment', {_FULFILMENT.UNFULFILLED}, {_FULFILMENT.SHIPPED}, '', 'admin', shipped_at),
          (7, 'fulfilment', {_FULFILMENT.SHIPPED}, {_FULFILMENT.DELIVERED}, '', 'admin', delivered_at),
          (8, 'payment', {_PAYMENT.UNPAID}, {_PAYMENT.PAID}, '', 'admin', CASE
               WHEN provider = 'cash_on_delivery' THEN paid_at END),
          (9, 'status', {_ORDER.PROCESSING}, {_ORDER.COMPLETED}, '', 'admin', delivered_at),
          (10, 'payment', {_PAYMENT.PAID}, CASE WHEN o.refunded = o.paid THEN {_PAYMENT.REFUNDED}
               ELSE {_PAYMENT.PARTIALLY_REFUNDED} END, '',
              'admin', refunded_at),
          (11, 'status', {_ORDER.PENDING}, {_ORDER.CANCELLED}, CASE fate
               WHEN {_FATE.EXPIRED} THEN 'Not paid in time' ELSE '' END,
              CASE fate WHEN {_FATE.EXPIRED} THEN 'task' ELSE 'page' END, ended_at)
      ) AS step (place, kind, before, after, note, door, at)
     WHERE step.at IS NOT NULL ORDER BY h.n, place
"""  # noqa: S608  composed of constants

PAYMENTS = f"""
    INSERT INTO payments_payment
           (id, created_at, updated_at, source, source_key, order_id, provider, status, amount_minor, currency,
            captured_at)
    SELECT payment_id, placed_at, %(until)s::timestamptz, '{SOURCE}', %(seed)s::text || '-' || padded, h.id, provider,
           CASE WHEN paid_at IS NOT NULL THEN {_PAYMENT_STATE.CAPTURED}
                WHEN ended_at IS NOT NULL THEN {_PAYMENT_STATE.VOIDED} ELSE {_PAYMENT_STATE.PENDING} END,
           total, %(currency)s::text, paid_at
      FROM bulk_head AS h JOIN bulk_order USING (n) ORDER BY n
"""  # noqa: S608  composed of constants

TRANSACTIONS = f"""
    INSERT INTO payments_paymenttransaction (id, created_at, payment_id, kind, amount_minor, provider, note, door)
    SELECT {_id("money", "(h.n * 4 + place)")}, step.at, payment_id, kind, amount, provider, note, door
      FROM bulk_head AS h JOIN bulk_order AS o USING (n)
      CROSS JOIN LATERAL (VALUES
          (1, 'capture', o.paid, '', 'admin', paid_at),
          (2, 'refund', o.refunded, CASE fate WHEN {_FATE.REFUNDED} THEN 'Sent back within the period'
                                              ELSE 'One piece arrived broken' END, 'admin', refunded_at),
          (3, 'void', o.total, '', CASE fate WHEN {_FATE.EXPIRED} THEN 'task' ELSE 'page' END, ended_at)
      ) AS step (place, kind, amount, note, door, at)
     WHERE step.at IS NOT NULL ORDER BY h.n, place
"""  # noqa: S608  composed of constants

SHIPMENTS = f"""
    INSERT INTO shipping_shipment
           (id, created_at, updated_at, source, source_key, order_id, method_id, status, carrier, tracking_number,
            shipped_at, delivered_at)
    SELECT shipment_id, shipped_at, %(until)s::timestamptz, '{SOURCE}', %(seed)s::text || '-' || padded, h.id,
           method_id, CASE WHEN delivered_at IS NULL THEN {_SHIPMENT.SHIPPED} ELSE {_SHIPMENT.DELIVERED} END, carrier,
           CASE WHEN carrier = '' THEN '' ELSE 'SK' || (1000000000 + floor(tracking_draw * 8999999999))::bigint END,
           shipped_at, delivered_at
      FROM bulk_head AS h JOIN bulk_order USING (n) WHERE shipped_at IS NOT NULL ORDER BY n
"""  # noqa: S608  composed of constants

PARCELS = """
    INSERT INTO shipping_shipmentline (shipment_id, order_line_id, quantity)
    SELECT h.shipment_id, l.id, l.units
      FROM bulk_line AS l JOIN bulk_head AS h USING (n) WHERE h.shipped_at IS NOT NULL ORDER BY l.n, l.position
"""

# What a batch sells was received before, in cases of twelve, so that stock never runs out however many orders follow.
RECEIPTS = f"""
    INSERT INTO inventory_stockmove (id, created_at, stock_item_id, kind, quantity, door)
    SELECT {_id("receipt", "n", "item_id")}, %(opened)s::timestamptz, item_id, 'receipt', received, 'command'
      FROM bulk_demand ORDER BY n, item_id
"""  # noqa: S608  composed of constants

OUTGOING = f"""
    INSERT INTO inventory_stockmove (id, created_at, stock_item_id, kind, quantity, reference, door)
    SELECT {_id("outgoing", "(l.n * 8 + l.position)")}, h.shipped_at, l.item_id, 'shipment', -l.units, h.shipment_id,
           'admin'
      FROM bulk_line AS l JOIN bulk_head AS h USING (n) WHERE h.shipped_at IS NOT NULL ORDER BY l.n, l.position
"""  # noqa: S608  composed of constants

RESERVATIONS = f"""
    INSERT INTO inventory_reservation (id, created_at, updated_at, stock_item_id, holder, quantity)
    SELECT {_id("reservation", "(l.n * 8 + l.position)")}, h.placed_at, h.placed_at, l.item_id, l.id, l.units
      FROM bulk_line AS l JOIN bulk_head AS h USING (n) WHERE h.fate IN {_OPEN} ORDER BY l.n, l.position
"""  # noqa: S608  composed of constants

STOCK = """
    WITH locked AS MATERIALIZED (
        SELECT id FROM inventory_stockitem WHERE id IN (SELECT item_id FROM bulk_demand) ORDER BY id FOR NO KEY UPDATE)
    UPDATE inventory_stockitem AS item
       SET on_hand = item.on_hand + d.received - coalesce(d.shipped, 0),
           reserved = item.reserved + coalesce(d.reserved, 0), updated_at = %(until)s::timestamptz
      FROM bulk_demand AS d JOIN locked ON locked.id = d.item_id WHERE item.id = d.item_id
"""

WRITE = (
    ORDERS, LINES, HISTORY, PAYMENTS, TRANSACTIONS, SHIPMENTS, PARCELS, RECEIPTS, OUTGOING, RESERVATIONS,
)  # fmt: skip
