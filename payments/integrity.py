"""What holds of money: orders and payments say what the ledger adds up to."""

from core.db.locking import literals, quoted
from core.integrity import Check
from orders.states import OrderStatus, PaymentStatus
from payments.states import IN_FLIGHT, OPEN_PAYMENTS, OperationState, PaymentState

_ORDER = literals(OrderStatus)
_PAYMENT = literals(PaymentStatus)
_PAYMENT_STATE = literals(PaymentState)
_OPERATION = literals(OperationState)
# As orders.services derives it; `held` is the order, `sums` what its payments add up to.
_STATUS = f"""
    CASE WHEN sums.refunded > 0 AND sums.refunded >= sums.paid THEN {_PAYMENT.REFUNDED}
         WHEN sums.refunded > 0 THEN {_PAYMENT.PARTIALLY_REFUNDED}
         WHEN sums.paid >= held.total_minor THEN {_PAYMENT.PAID}
         WHEN sums.paid > 0 THEN {_PAYMENT.PARTIALLY_PAID}
         WHEN sums.held >= held.total_minor THEN {_PAYMENT.AUTHORIZED}
         ELSE {_PAYMENT.UNPAID} END
"""
_LEDGER = """
    (SELECT payment_id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
            coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
            bool_or(kind = 'capture') AS has_capture, bool_or(kind = 'void') AS has_void,
            bool_or(kind = 'failure') AS has_failure, bool_or(kind = 'authorize') AS has_authorization
       FROM payments_paymenttransaction GROUP BY payment_id)
"""
_STATE = f"""
    CASE WHEN ledger.has_capture THEN {_PAYMENT_STATE.CAPTURED} WHEN ledger.has_void THEN {_PAYMENT_STATE.VOIDED}
         WHEN ledger.has_failure THEN {_PAYMENT_STATE.FAILED}
              WHEN ledger.has_authorization THEN {_PAYMENT_STATE.AUTHORIZED}
              ELSE {_PAYMENT_STATE.PENDING} END
"""
_IN_FLIGHT = f"({quoted(IN_FLIGHT)})"
# The entry of the ledger that an operation leaves.
_ENTRY_OF_OPERATION = f"""
    CASE WHEN operation.state = {_OPERATION.SUCCEEDED}
         THEN CASE operation.kind WHEN 'capture' THEN 'capture' WHEN 'refund' THEN 'refund'
                                  WHEN 'cancel' THEN 'void' END
         WHEN operation.state = {_OPERATION.DECLINED} AND operation.kind = 'start' THEN 'failure'
         WHEN operation.state = {_OPERATION.WITHDRAWN} AND operation.kind = 'start' THEN 'void' END
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
                          WHERE status = {_PAYMENT_STATE.AUTHORIZED}
                               GROUP BY order_id) AS waiting ON waiting.order_id = held.id
             CROSS JOIN LATERAL (SELECT coalesce(moved.paid, 0) AS paid, coalesce(moved.refunded, 0) AS refunded,
                                        coalesce(waiting.amount, 0) AS held) AS sums
             CROSS JOIN LATERAL (SELECT {_STATUS} AS status) AS derived
             WHERE (held.paid_minor, held.refunded_minor) <> (sums.paid, sums.refunded)
                OR held.payment_status <> derived.status
                   -- What moved in without a price was not paid at its source, where nothing was owed either.
                   AND (held.source IS NULL OR held.total_minor > 0 OR held.payment_status <> {_PAYMENT.UNPAID})
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
             WHERE (payment.status = {_PAYMENT_STATE.CAPTURED}) <> (payment.captured_at IS NOT NULL)
                OR payment.status <> {_STATE}
                   -- Of nothing, no entry is made.
                   AND NOT (payment.status = {_PAYMENT_STATE.CAPTURED} AND payment.amount_minor = 0)
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
        code="payments.refunds_in_flight",
        title="What providers are asked to give back of a payment is still there to be given back.",
        query=f"""
            SELECT payment.id, held.number AS subject,
                   coalesce(ledger.captured - ledger.refunded, 0) || ' at most' AS expected, asked.amount AS actual
              FROM (SELECT payment_id, sum(amount_minor) AS amount FROM payments_paymentoperation
                     WHERE kind = 'refund' AND state IN {_IN_FLIGHT} GROUP BY payment_id) AS asked
              JOIN payments_payment AS payment ON payment.id = asked.payment_id
              JOIN orders_order AS held ON held.id = payment.order_id
              LEFT JOIN {_LEDGER} AS ledger ON ledger.payment_id = payment.id
             WHERE asked.amount > coalesce(ledger.captured - ledger.refunded, 0)
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.operations",
        title="What a provider has decided stands in the ledger, once and in full; what it has not, does not.",
        query=f"""
            SELECT operation.id, held.number || ' ' || operation.kind AS subject,
                   coalesce(wanted.entry || ' ' || operation.amount_minor, 'none') AS expected,
                   coalesce(entry.kind || ' ' || entry.amount_minor, 'none') AS actual
              FROM payments_paymentoperation AS operation
              JOIN payments_payment AS payment ON payment.id = operation.payment_id
              JOIN orders_order AS held ON held.id = payment.order_id
              LEFT JOIN payments_paymenttransaction AS entry ON entry.operation_id = operation.id
             CROSS JOIN LATERAL (SELECT {_ENTRY_OF_OPERATION} AS entry) AS wanted
             WHERE (wanted.entry, CASE WHEN wanted.entry IS NULL THEN NULL ELSE operation.amount_minor END,
                    CASE WHEN wanted.entry IS NULL THEN NULL ELSE operation.payment_id END)
                   IS DISTINCT FROM (entry.kind, entry.amount_minor, entry.payment_id)
               -- A start that succeeded may lead to any state of the payment, or leave it to the shopper.
               AND NOT (operation.kind = 'start' AND operation.state = {_OPERATION.SUCCEEDED}
                        AND coalesce(entry.payment_id, operation.payment_id) = operation.payment_id)
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.operation_trail",
        title="An operation's state is the last that its trail tells.",
        query="""
            SELECT operation.id, held.number || ' ' || operation.kind AS subject, last.state AS expected,
                   operation.state AS actual
              FROM payments_paymentoperation AS operation
              JOIN payments_payment AS payment ON payment.id = operation.payment_id
              JOIN orders_order AS held ON held.id = payment.order_id
              LEFT JOIN (SELECT DISTINCT ON (operation_id) operation_id, state FROM payments_paymentoperationstep
                          ORDER BY operation_id, id DESC) AS last ON last.operation_id = operation.id
             WHERE operation.state IS DISTINCT FROM last.state
        """,
    ),
    Check(
        code="payments.undecided",
        title="No provider has left an operation undecided for more than a day.",
        query=f"""
            SELECT operation.id, held.number || ' ' || operation.kind AS subject, 'decided' AS expected,
                   operation.state || ' since ' || operation.created_at AS actual
              FROM payments_paymentoperation AS operation
              JOIN payments_payment AS payment ON payment.id = operation.payment_id
              JOIN orders_order AS held ON held.id = payment.order_id
             WHERE operation.state IN {_IN_FLIGHT} AND operation.created_at < now() - interval '1 day'
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="payments.open_amounts",
        title="What open payments are to bring is no more than what is due.",
        # A provider that is asked to cancel a payment still has it until it answers. What was imported is as it was.
        query=f"""
            SELECT held.id, held.number AS subject, 'at most ' || due.minor AS expected, waiting.amount::text AS actual
              FROM orders_order AS held
              JOIN (SELECT payment.order_id, sum(payment.amount_minor) AS amount
                      FROM payments_payment AS payment
                     WHERE payment.status IN ({quoted(OPEN_PAYMENTS)}) AND payment.source IS NULL
                       AND NOT EXISTS (SELECT FROM payments_paymentoperation AS operation
                                        WHERE operation.payment_id = payment.id AND operation.kind = 'cancel'
                                          AND operation.state IN {_IN_FLIGHT})
                     GROUP BY payment.order_id) AS waiting ON waiting.order_id = held.id
             CROSS JOIN LATERAL (SELECT greatest(held.total_minor - held.paid_minor, 0) AS minor) AS due
             WHERE held.status <> {_ORDER.CANCELLED} AND held.source IS NULL AND waiting.amount > due.minor
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
