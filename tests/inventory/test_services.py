"""Stock changes through one module, and the ledger tells how."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Sum

from catalog.models import Variant
from core.db.ids import new_id
from core.errors import InvalidInput, NotFound
from inventory import services
from inventory.allocation import Demand
from inventory.errors import OutOfStock, StockBelowReserved
from inventory.models import Reservation, StockItem, StockMove
from inventory.selectors import available_by_variant
from tests.factories.inventory import LocationFactory, stocked_variant

pytestmark = pytest.mark.django_db


def item_of(variant: Variant) -> StockItem:
    return StockItem.objects.get(variant=variant)


def ledger(variant: Variant) -> int:
    return StockMove.objects.filter(stock_item__variant=variant).aggregate(sum=Sum("quantity"))["sum"]


def test_reserving_leaves_less_available_and_all_on_hand() -> None:
    variant = stocked_variant(10)
    services.reserve(demands=[Demand(new_id(), variant.pk, 4)])
    item = item_of(variant)
    assert (item.on_hand, item.reserved, item.available) == (10, 4, 6)


def test_one_short_line_keeps_all_others_from_being_reserved() -> None:
    plenty, short = stocked_variant(10), stocked_variant(1)
    with pytest.raises(OutOfStock):
        services.reserve(demands=[Demand(new_id(), plenty.pk, 4), Demand(new_id(), short.pk, 2)])
    assert item_of(plenty).reserved == 0


def test_stock_at_a_closed_location_is_not_sold() -> None:
    variant = stocked_variant(0)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(code="shut", is_active=False), quantity=3)
    assert available_by_variant([variant.pk]) == {variant.pk: 0}
    with pytest.raises(OutOfStock):
        services.reserve(demands=[Demand(new_id(), variant.pk, 1)])


def test_releasing_twice_gives_back_once() -> None:
    variant, holder = stocked_variant(10), new_id()
    services.reserve(demands=[Demand(holder, variant.pk, 4)])
    services.release(holders=[holder])
    services.release(holders=[holder])
    assert item_of(variant).reserved == 0
    assert not Reservation.objects.exists()


def test_shipping_lowers_on_hand_and_reserved_together_and_leaves_a_move() -> None:
    variant, holder = stocked_variant(10), new_id()
    services.reserve(demands=[Demand(holder, variant.pk, 4)])
    services.ship(quantities={holder: 3}, reference=new_id(), actor=None)
    item = item_of(variant)
    assert (item.on_hand, item.reserved) == (7, 1)
    assert Reservation.objects.get().quantity == 1
    assert ledger(variant) == 7


def test_more_than_was_reserved_cannot_ship() -> None:
    variant, holder = stocked_variant(10), new_id()
    services.reserve(demands=[Demand(holder, variant.pk, 2)])
    with pytest.raises(InvalidInput), transaction.atomic():
        services.ship(quantities={holder: 3}, reference=new_id(), actor=None)
    assert item_of(variant).on_hand == 10


def test_an_adjustment_needs_a_reason() -> None:
    variant = stocked_variant(10)
    with pytest.raises(InvalidInput) as refused:
        services.adjust_stock(stock_item_id=item_of(variant).pk, quantity=-1, reason="  ", actor=None)
    assert refused.value.field == "reason"
    assert item_of(variant).on_hand == 10


def test_a_reason_longer_than_the_ledger_keeps_is_refused() -> None:
    variant = stocked_variant(10)
    with pytest.raises(InvalidInput) as refused:
        services.adjust_stock(stock_item_id=item_of(variant).pk, quantity=-1, reason="x" * 251, actor=None)
    assert refused.value.field == "reason"
    assert item_of(variant).on_hand == 10


def test_an_adjustment_stays_in_the_ledger_with_its_reason() -> None:
    variant = stocked_variant(10)
    services.adjust_stock(stock_item_id=item_of(variant).pk, quantity=-2, reason="Broken in the store", actor=None)
    assert StockMove.objects.get(kind=StockMove.Kind.ADJUSTMENT).reason == "Broken in the store"
    assert item_of(variant).on_hand == ledger(variant) == 8


def test_stock_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        services.adjust_stock(stock_item_id=new_id(), quantity=1, reason="Count", actor=None)


def test_promised_units_cannot_be_adjusted_away() -> None:
    variant = stocked_variant(10)
    services.reserve(demands=[Demand(new_id(), variant.pk, 8)])
    with pytest.raises(StockBelowReserved):
        services.adjust_stock(stock_item_id=item_of(variant).pk, quantity=-3, reason="Count", actor=None)
    assert item_of(variant).on_hand == 10


def test_one_statement_locks_and_one_writes_whatever_the_number_of_lines(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    demands = [Demand(new_id(), stocked_variant(5).pk, 1) for _ in range(8)]
    with django_assert_num_queries(2):
        services.reserve(demands=demands)


# --- What the database refuses, whoever writes ----------------------------------------------------


@pytest.mark.parametrize("change", ["reserved = 11", "reserved = -1", "on_hand = -1"])
def test_the_database_refuses_oversold_stock(change: str) -> None:
    item = item_of(stocked_variant(10))
    with pytest.raises(IntegrityError, match="not_oversold"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_stockitem SET {change} WHERE id = %s", [item.pk])


@pytest.mark.parametrize(
    "statement", ["UPDATE inventory_stockmove SET quantity = 99", "DELETE FROM inventory_stockmove"]
)
def test_the_database_refuses_to_rewrite_the_ledger(statement: str) -> None:
    stocked_variant(10)
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_keeps_one_stock_item_a_variant_and_location() -> None:
    item = item_of(stocked_variant(10))
    with pytest.raises(IntegrityError):
        StockItem.objects.create(variant_id=item.variant_id, location_id=item.location_id)
