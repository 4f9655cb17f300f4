"""Bulk calls beside each other and beside single writes, on real connections."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection

from catalog.bulk import services as bulk
from catalog.bulk.services import Outcome, Row, RowResult, upsert_products
from catalog.models import Product, Variant
from catalog.services import create_product
from checkout.services.place_order import place_order
from core.money import Money
from orders.models import Order
from tests.factories.catalog import CategoryFactory
from tests.factories.checkout import cart_ready_to_order
from tests.factories.inventory import stocked_variant
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 100


def rows(category: str, price: int) -> list[Row]:
    fields = {"category": category, "base_price": Money(price, "USD")}
    return [Row({**fields, "sku": f"S{number}", "name_en": f"Glass {number}"}) for number in range(ROWS)]


def two_calls_in_opposite_orders() -> list[Any]:
    forth, back = rows(CategoryFactory().slug, 100), rows(CategoryFactory().slug, 200)[::-1]
    return at_once(lambda: upsert_products(rows=forth), lambda: upsert_products(rows=back))


@pytest.fixture
def _meeting_point() -> Iterator[None]:
    """Whoever writes a second product waits until another transaction has begun to write its first."""
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE row int := coalesce(nullif(current_setting('meet.row', true), ''), '0')::int + 1;
            BEGIN
                PERFORM set_config('meet.row', row::text, true), pg_advisory_xact_lock_shared(7070);
                FOR patience IN 1..6000 LOOP
                    EXIT WHEN row <> 2
                        OR (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7070
                             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) = 2;
                    PERFORM pg_sleep(0.01);
                END LOOP;
                RETURN NEW;
            END $$""")
        cursor.execute("CREATE TRIGGER meet BEFORE INSERT ON catalog_product FOR EACH ROW EXECUTE FUNCTION meet()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION meet CASCADE")


@pytest.mark.usefixtures("_meeting_point")
def test_without_taking_turns_two_calls_would_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read = threading.Barrier(2)
    save = bulk._Shelf.save

    def saved_together(shelf: Any) -> None:
        both_have_read.wait(timeout=60)
        save(shelf)

    monkeypatch.setattr(bulk, "lock_until_commit", lambda lock: None)
    monkeypatch.setattr(bulk._Shelf, "save", saved_together)
    results = two_calls_in_opposite_orders()
    assert [type(one) for one in results if isinstance(one, Exception)] == [OperationalError]


def test_two_calls_with_the_same_skus_in_opposite_orders_both_save() -> None:
    for again in range(3):
        results = two_calls_in_opposite_orders()
        assert all(isinstance(one, list) for one in results), results
        outcomes = {str(one.outcome) for result in results for one in result}
        assert outcomes == ({"created", "updated"} if again == 0 else {"updated"})
    assert Product.objects.count() == Variant.objects.count() == ROWS
    assert Variant.objects.values("price_minor").distinct().count() == 1


def test_a_sku_that_a_single_write_takes_meanwhile_is_changed_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    # In one category the single write would wait until the call is done.
    category, another = CategoryFactory(), CategoryFactory()
    fields = {"sku": "S0", "name_en": "Cup", "base_price": Money(100, "USD")}
    place = bulk._place
    taken: list[Any] = []

    def place_late(*arguments: Any) -> RowResult:
        result = place(*arguments)
        if not taken:
            taken.extend(at_once(lambda: create_product(**fields, category=another)))
        return result

    monkeypatch.setattr(bulk, "_place", place_late)
    [result] = upsert_products(rows=[Row({**fields, "category": category.slug, "base_price": Money(200, "USD")})])
    assert (result.outcome, result.product_id) == (Outcome.UPDATED, taken[0].pk)
    assert Variant.objects.get().price_minor == 200


def test_orders_are_placed_while_their_products_are_changed() -> None:
    variants = [stocked_variant(100) for _ in range(5)]
    carts = [cart_ready_to_order(variant) for variant in variants for _ in range(4)]
    changes = [Row({"sku": variant.sku, "base_price": Money(1999, "USD"), "brand": "Nour"}) for variant in variants]
    results = at_once(
        *[lambda cart=cart: place_order(cart_id=cart.pk, actor=None).order for cart in carts],
        *[lambda: upsert_products(rows=changes[::-1]), lambda: upsert_products(rows=changes)],
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    assert Order.objects.count() == len(carts)
