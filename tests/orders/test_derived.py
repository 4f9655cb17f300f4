"""Services, data imports and sample data derive states by one table; check_integrity has its own rule and agrees."""

from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.integrity import make_check, registered
from core.money import Money
from orders.derived import fulfilment_status, fulfilment_status_sql, payment_status, payment_status_sql
from orders.models import Order
from orders.services import record_payment_totals
from orders.states import FulfilmentStatus, PaymentStatus
from payments.derived import PaymentTotals, payment_totals
from payments.integrity import _STATUS as STATUS_OF_INTEGRITY
from payments.models import Payment, PaymentTransaction
from payments.services import capture_payment, refund_payment
from payments.states import PaymentState
from tests.factories.checkout import order_awaiting_transfer

pytestmark = pytest.mark.django_db

# Few values, so that equal sums come together; and some that only BIGINT holds.
AMOUNTS = st.sampled_from([0, 1, 2, 3, 100, 2**40])
SUMS = st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=20)
COUNTS = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=20)
DATABASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Kind = PaymentTransaction.Kind


def rows_of(expression: str, columns: tuple[str, ...], values: list[tuple[int, ...]]) -> list[Any]:
    """The expression over rows of numbers, in their order."""
    listed = ", ".join(f"({place}, {', '.join(f'{one}::bigint' for one in row)})" for place, row in enumerate(values))
    statement = f"SELECT {expression} FROM (VALUES {listed}) AS sums (place, {', '.join(columns)}) ORDER BY place"
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


@DATABASE
@given(SUMS)
def test_the_payment_status_is_the_same_in_python_in_sql_and_by_the_integrity_check(
    sums: list[tuple[int, int, int, int]],
) -> None:
    names = ("total_minor", "paid", "refunded", "held")
    derived = payment_status_sql(total="total_minor", paid="paid", refunded="refunded", authorized="held")
    of_integrity = STATUS_OF_INTEGRITY.replace("held.total_minor", "sums.total_minor")

    by_services = [
        payment_status(total=total, paid=paid, refunded=refunded, authorized=held)
        for total, paid, refunded, held in sums
    ]
    assert rows_of(derived, names, sums) == by_services
    assert rows_of(of_integrity, names, sums) == by_services


@DATABASE
@given(COUNTS)
def test_the_fulfilment_status_is_the_same_in_python_and_in_sql(counts: list[tuple[int, int, int]]) -> None:
    names = ("shipments", "units_left", "on_the_way")
    derived = fulfilment_status_sql(shipments="shipments", units_left="units_left", on_the_way="on_the_way")

    by_services = [
        fulfilment_status(shipments=shipments, units_left=left, on_the_way=way) for shipments, left, way in counts
    ]
    assert rows_of(derived, names, counts) == by_services


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    captures=st.lists(st.tuples(st.booleans(), st.integers(1, 5_000)), max_size=6),
    given_back=st.integers(0, 100),
    authorized=st.integers(1, 9_000),
)
def test_totals_of_random_ledgers_are_what_the_integrity_check_recomputes(
    captures: list[tuple[bool, int]], given_back: int, authorized: int
) -> None:
    with transaction.atomic():
        order = order_awaiting_transfer()
        payments = [order.payments.get(), payment_of(order, authorized)]
        paid = [entry(payments[is_second], Kind.CAPTURE, amount) for is_second, amount in captures]
        for one in paid:
            entry(one.payment, Kind.REFUND, one.amount_minor * given_back // 100)
        Payment.objects.filter(pk=payments[1].pk).update(status=PaymentState.AUTHORIZED)
        totals = payment_totals([order.pk])[order.pk]
        record_payment_totals(
            order=order,
            authorized=totals.authorized,
            promised=0,
            paid=totals.paid,
            refunded=totals.refunded,
            actor=None,
        )

        outcome = make_check(registered()["payments.of_orders"], limit=5)
        assert (outcome.error, [one for one in outcome.examples if one.id == str(order.pk)]) == ("", [])
        transaction.set_rollback(True)


def payment_of(order: Order, amount: int) -> Payment:
    return Payment.objects.create(order=order, provider="bank_transfer", amount_minor=amount, currency=order.currency)


def entry(payment: Payment, kind: Kind, amount: int) -> PaymentTransaction:
    """An entry of the ledger; an amount of nothing makes none."""
    made = PaymentTransaction(payment=payment, kind=kind, amount_minor=amount, provider="-", door="api")
    if amount:
        made.save(force_insert=True)
    return made


def test_every_state_can_be_derived() -> None:
    reached = {
        payment_status(total=2, paid=p, refunded=r, authorized=a) for p in (0, 1, 2) for r in (0, 1) for a in (0, 2)
    }
    assert reached == set(PaymentStatus)
    counted = {
        fulfilment_status(shipments=s, units_left=u, on_the_way=w) for s in (0, 1) for u in (0, 1) for w in (0, 1)
    }
    # What comes back is a return, which records its own state.
    assert counted == set(FulfilmentStatus) - {FulfilmentStatus.RETURNED}


def test_totals_of_many_orders_are_read_at_once() -> None:
    paid, other = order_awaiting_transfer(), order_awaiting_transfer()
    payment = paid.payments.get()
    capture_payment(payment_id=payment.pk, actor=None)
    refund_payment(payment_id=payment.pk, amount=Money(100, paid.currency), actor=None)
    total = Order.objects.get(pk=paid.pk).total_minor

    assert payment_totals([paid.pk, other.pk]) == {paid.pk: PaymentTotals(total, 100, 0), other.pk: PaymentTotals()}
    assert payment_totals([]) == {}
