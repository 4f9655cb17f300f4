"""Rows that are written by kept statements are what the ORM would have written."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from carts.models import Cart
from core import clock
from core.db.ids import new_id
from core.fast.rows import add, add_all, save_fields
from core.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

Queries = Callable[[int], Any]


def event(name: str = "order.placed") -> OutboxEvent:
    return OutboxEvent(event_type=name, aggregate_type="orders.order", aggregate_id=new_id(), payload={"id": "é"})


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_written_with_every_column(django_assert_num_queries: Queries) -> None:
    cart = Cart(customer=UserFactory(), currency="TND", email="nour@example.com", shipping_address={"city": "Tunis"})

    with django_assert_num_queries(1):
        assert add(cart) is cart

    assert columns(Cart.objects.get(pk=cart.pk)) == columns(cart)
    assert cart.updated_at


def test_many_rows_are_one_query_and_none_is_none(django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(1):
        carts = add_all(Cart(currency=currency) for currency in ("TND", "USD", "MAD"))
    with django_assert_num_queries(0):
        assert add_all([]) == []

    assert {cart.currency for cart in Cart.objects.filter(pk__in=[cart.pk for cart in carts])} == {"TND", "USD", "MAD"}


def test_a_row_that_was_added_is_changed_by_the_next_save() -> None:
    cart = add(Cart(currency="USD"))
    cart.email = "nour@example.com"
    cart.save()

    assert Cart.objects.get().email == "nour@example.com"


def test_what_the_database_fills_in_is_read_when_asked_for(django_assert_num_queries: Queries) -> None:
    [first, second] = add_all([event(), event()])

    with django_assert_num_queries(2):
        assert first.emitted < second.emitted
    assert clock.now() - first.recorded_at < timedelta(minutes=1)


def test_a_constraint_refuses_what_it_refuses_the_orm() -> None:
    cart = add(Cart(currency="USD"))

    with pytest.raises(IntegrityError):
        add(Cart(pk=cart.pk, currency="USD"))


def test_more_rows_than_a_statement_is_kept_for_are_written_too() -> None:
    carts = add_all(Cart(currency="USD") for _number in range(50))

    assert Cart.objects.filter(pk__in=[cart.pk for cart in carts]).count() == 50


def test_rows_that_leave_other_columns_to_the_database_are_refused() -> None:
    with pytest.raises(ValueError, match="column"):
        add_all([event(), OutboxEvent(event_type="x", aggregate_type="y", aggregate_id=new_id(), emitted=-1)])


def test_a_transaction_in_which_a_row_was_refused_cannot_go_on() -> None:
    cart = add(Cart(currency="USD"))

    with transaction.atomic():
        with suppress(IntegrityError):
            add(Cart(pk=cart.pk, currency="USD"))
        with pytest.raises(transaction.TransactionManagementError):
            Cart.objects.count()


def test_fields_are_saved_alone_with_the_time_of_the_change(django_assert_num_queries: Queries) -> None:
    cart = add(Cart(currency="USD"))
    before = cart.updated_at
    cart.email, cart.shipping_address, cart.currency = "nour@example.com", {"city": "Tunis"}, "TND"

    with django_assert_num_queries(1):
        save_fields(cart, "email", "shipping_address")

    kept = Cart.objects.get()
    assert (kept.email, kept.shipping_address, kept.currency) == ("nour@example.com", {"city": "Tunis"}, "USD")
    assert kept.updated_at == cart.updated_at > before


def test_a_row_that_is_gone_is_not_saved_in_silence() -> None:
    cart = add(Cart(currency="USD"))
    Cart.objects.all().delete()

    with pytest.raises(DatabaseError, match=str(cart.pk)):
        save_fields(cart, "email")


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no_such"):
        save_fields(add(Cart(currency="USD")), "no_such")
