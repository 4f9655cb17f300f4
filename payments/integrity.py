"""What holds of money: orders and payments say what the ledger adds up to."""

from core.integrity import Check

# As orders.services derives it; `held` is the order, `sums` what its payments add up to.
_STATUS = """
    CASE WHEN sums.refunded > 0 AND sums.refunded >= sums.paid THEN 'refunded'
         WHEN sums.refunded > 0 THEN 'partially_refunded'
         WHEN sums.paid >= held.total_minor THEN 'paid'
         WHEN sums.paid > 0 THEN 'partially_paid'
         WHEN sums.held >= held.total_minor THEN 'authorized'
         ELSE 'unpaid' END
"""
_LEDGER = """
    (SELECT payment_id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
            coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
            bool_or(kind = 'capture') AS has_capture, bool_or(kind = 'void') AS has_void,
            bool_or(kind = 'failure') AS has_failure, bool_or(kind = 'authorize') AS has_authorization
       FROM payments_paymenttransaction GROUP BY payment_id)
"""
_STATE = """
    CASE WHEN ledger.has_capture THEN 'captured' WHEN ledger.has_void THEN 'voided'
         WHEN ledger.has_failure THEN 'failed' WHEN ledger.has_authorization THEN 'authorized' ELSE 'pending' END
"""

PAYMENTS = (
    Check(
        code="payments.of_orders",
        title="What an order has paid and got back, and its payment status, follow from its payments' ledger.",
        query=f"""
            SELECT held.id, held.number AS subject,
                   concat_ws(', ', sums.paid, sums.refunded, derived.status) AS expected,
                   concat_ws(', ', held.paid_minor, held.refunded_minor, held.payment_status) AS actual
              FROM orders_order AS held
              LEFT JOIN (SELECT payment.order_id, sum(entry.amount_minor) FILTER (WHERE entry.kind = 'capture') AS paid,
                                sum(entry.amount_minor) FILTER (WHERE entry.kind = 'refund') AS refunded
                           FROM payments_paymenttransaction AS entry
                           JOIN payments_payment AS payment ON payment.id = entry.payment_id
                          GROUP BY payment.order_id) AS moved ON moved.order_id = held.id
              LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount FROM payments_payment
                          WHERE status = 'authorized' GROUP BY order_id) AS waiting ON waiting.order_id = held.id
             CROSS JOIN LATERAL (SELECT coalesce(moved.paid, 0) AS paid, coalesce(moved.refunded, 0) AS refunded,
                                        coalesce(waiting.amount, 0) AS held) AS sums
             CROSS JOIN LATERAL (SELECT {_STATUS} AS status) AS derived
             WHERE (held.paid_minor, held.refunded_minor) <> (sums.paid, sums.refunded)
                OR held.payment_status <> derived.status
                   -- What moved in without a price was not paid at its source, where nothing was owed either.
                   AND (held.source IS NULL OR held.total_minor > 0 OR held.payment_status <> 'unpaid')
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.state",
        title="A payment's state is the last that its ledger tells, and it is dated if the money is here.",
        query=f"""
            SELECT payment.id, held.number AS subject, {_STATE} AS expected,
                   payment.status || CASE WHEN payment.captured_at IS NULL THEN '' ELSE ', dated' END AS actual
              FROM payments_payment AS payment
              JOIN orders_order AS held ON held.id = payment.order_id
              LEFT JOIN {_LEDGER} AS ledger ON ledger.payment_id = payment.id
             WHERE (payment.status = 'captured') <> (payment.captured_at IS NOT NULL)
                OR payment.status <> {_STATE}
                   -- Of nothing, no entry is made.
                   AND NOT (payment.status = 'captured' AND payment.amount_minor = 0)
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.refunds",
        title="No more is given back of a payment than was captured, and no more captured than was agreed.",
        query=f"""
            SELECT payment.id, held.number AS subject,
                   'captured ' || payment.amount_minor || ', refunded ' || ledger.captured || ' at most' AS expected,
                   'captured ' || ledger.captured || ', refunded ' || ledger.refunded AS actual
              FROM payments_payment AS payment
              JOIN orders_order AS held ON held.id = payment.order_id
              JOIN {_LEDGER} AS ledger ON ledger.payment_id = payment.id
             WHERE ledger.refunded > ledger.captured OR ledger.captured - ledger.refunded > payment.amount_minor
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.currency",
        title="A payment is in its order's currency.",
        query="""
            SELECT payment.id, held.number AS subject, held.currency AS expected, payment.currency AS actual
              FROM payments_payment AS payment JOIN orders_order AS held ON held.id = payment.order_id
             WHERE payment.currency <> held.currency
        """,
    ),
)
