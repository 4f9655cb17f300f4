"""States as data: every one can be reached and left, and the database knows the same table."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from core.errors import InvalidTransition
from orders import states as order_states
from orders.models import Order, OrderTransition
from orders.services import lock_order, transition_order
from orders.states import OrderStatus
from payments import states as payment_states
from payments.models import Payment
from shipping import states as shipment_states
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer

TABLES = [
    (order_states.TRANSITIONS, "pending", {"completed", "cancelled"}),
    (payment_states.TRANSITIONS, "pending", {"captured", "failed", "voided"}),
    (shipment_states.TRANSITIONS, "preparing", {"returned"}),
]


@pytest.mark.parametrize(("table", "start", "ends"), TABLES)
def test_every_state_can_be_reached_and_only_the_ends_cannot_be_left(
    table: dict[str, frozenset[str]], start: str, ends: set[str]
) -> None:
    reached, waiting = {start}, [start]
    while waiting:
        for state in table[waiting.pop()] - reached:
            reached.add(state)
            waiting.append(state)
    assert reached == set(table)
    assert {state for state, targets in table.items() if not targets} == ends


@pytest.mark.django_db
def test_a_step_that_the_table_does_not_have_is_refused_and_leaves_no_history() -> None:
    order = order_awaiting_transfer()
    before = OrderTransition.objects.count()
    with pytest.raises(InvalidTransition):
        transition_order(order=lock_order(order.pk), to=OrderStatus.COMPLETED, actor=None)
    assert OrderTransition.objects.count() == before


@pytest.mark.django_db
def test_the_database_refuses_a_state_that_the_table_does_not_lead_to() -> None:
    order = completed_order()
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET status = 'pending' WHERE id = %s", [order.pk])


@pytest.mark.django_db
def test_the_database_refuses_to_bring_a_voided_payment_back() -> None:
    payment = confirmed_order().payments.get()
    Payment.objects.filter(pk=payment.pk).update(status="voided")
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE payments_payment SET status = 'captured' WHERE id = %s", [payment.pk])


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["payment_status", "fulfilment_status"])
def test_the_database_refuses_a_derived_state_that_nobody_knows(column: str) -> None:
    order = confirmed_order()
    with pytest.raises(IntegrityError, match=f"orders_order_{column}_known"):
        Order.objects.filter(pk=order.pk).update(**{column: "lost"})


@pytest.mark.django_db
def test_the_history_cannot_be_rewritten() -> None:
    confirmed_order()
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_ordertransition SET to_state = 'completed'")


@pytest.mark.django_db
def test_each_step_says_who_took_it_and_through_which_door() -> None:
    order = completed_order()
    steps = [(one.kind, one.from_state, one.to_state, one.door) for one in order.transitions.all()]
    assert steps == [
        ("status", "", "pending", "command"),
        ("status", "pending", "confirmed", "command"),
        ("status", "confirmed", "processing", "command"),
        ("fulfilment", "unfulfilled", "shipped", "command"),
        ("fulfilment", "shipped", "delivered", "command"),
        ("payment", "unpaid", "paid", "command"),
        ("status", "processing", "completed", "command"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["total_minor = total_minor + 1", "tax_minor = tax_minor + 1", "refunded_minor = 1", "currency = 'usd'"]
)
def test_the_database_refuses_totals_that_do_not_add_up(change: str) -> None:
    order = confirmed_order()
    with pytest.raises(Exception, match="violates check constraint"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE orders_order SET {change} WHERE id = %s", [order.pk])


@pytest.mark.django_db
def test_the_database_refuses_a_line_that_does_not_add_up() -> None:
    confirmed_order()
    with pytest.raises(Exception, match="total_adds_up"), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_orderline SET quantity = quantity + 1")


@pytest.mark.django_db
def test_a_line_survives_its_variant() -> None:
    order = completed_order()
    line = order.lines.get()
    with connection.cursor() as cursor:  # what an operator may do by hand once nothing else refers to it
        cursor.execute("UPDATE orders_orderline SET variant_id = NULL WHERE id = %s", [line.pk])
    line = Order.objects.get(pk=order.pk).lines.get()
    assert (line.variant, bool(line.sku), line.unit_price.minor) == (None, True, 1999)
