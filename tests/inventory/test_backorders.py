"""Units are sold beyond what is there, up to a limit, and come true when stock does: the oldest order first."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog.models import Variant
from core.db.ids import new_id
from core.errors import InvalidInput, NotFound
from core.integrity import make_check, registered
from core.outbox.models import OutboxEvent
from inventory import services
from inventory.allocation import Demand, Supply, allocate
from inventory.errors import BackorderLimitTooLow, OutOfStock
from inventory.models import Location, Reservation, StockItem
from inventory.selectors import stock_of
from tests.factories.catalog import VariantFactory
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_modules_now")]

NOW = timezone.now()
LONG_AGO = NOW - timedelta(hours=1)


def item_of(variant: Variant, code: str = "main") -> StockItem:
    return StockItem.objects.get(variant=variant, location__code=code)


def sold_ahead(on_hand: int, limit: int) -> Variant:
    """A variant with so many units on the shelf, of which so many more may be backordered."""
    variant = stocked_variant(on_hand)
    services.limit_backorders(variant_id=variant.pk, location=LocationFactory(), limit=limit)
    return variant


def order(variant: Variant, quantity: int) -> UUID:
    line = new_id()
    services.reserve(demands=[Demand(line, variant.pk, quantity)])
    return line


def hold(variant: Variant, quantity: int, *, made: object = NOW, holder: UUID | None = None) -> UUID:
    holder = holder or new_id()
    until = made + timedelta(minutes=15)  # type: ignore[operator]
    services.reserve(
        demands=[Demand(holder, variant.pk, quantity)],
        instead_of=[holder],
        until=until,
        now=made,  # type: ignore[arg-type]
    )
    return holder


def receive(variant: Variant, quantity: int, code: str = "main") -> None:
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(code=code), quantity=quantity)


def counted(variant: Variant, code: str = "main") -> tuple[int, int, int]:
    item = item_of(variant, code)
    return item.on_hand, item.reserved, item.backordered


def promised(holder: UUID) -> list[tuple[int, int]]:
    """Units of a holder, and how many of them wait."""
    return list(Reservation.objects.filter(holder=holder).order_by("id").values_list("quantity", "backordered"))


def seen(variant: Variant, holder: UUID | None = None) -> tuple[int, int]:
    """What can be sold, and what of it is on the shelf."""
    stock = stock_of([variant.pk], holders=[holder] if holder else [])[variant.pk]
    return stock.available, stock.on_shelf


def drifted() -> set[str]:
    checks = {code: check for code, check in registered().items() if code.startswith("inventory.")}
    return {code for code, check in checks.items() if make_check(check, limit=1).violations}


# --- Selling ahead ---------------------------------------------------------------------------------


def test_nothing_is_backordered_unless_there_is_a_limit() -> None:
    with pytest.raises(OutOfStock):
        order(stocked_variant(2), 3)


def test_what_is_there_goes_first_and_the_rest_waits() -> None:
    line = order(variant := sold_ahead(2, limit=4), 5)
    assert promised(line) == [(5, 3)]
    assert counted(variant) == (2, 2, 3)


def test_a_line_above_stock_and_limit_is_refused_with_what_can_be_had() -> None:
    variant = sold_ahead(2, limit=4)
    order(variant, 3)
    with pytest.raises(OutOfStock) as refused:
        order(variant, 4)
    assert refused.value.details["lines"][0]["available"] == 3
    assert counted(variant) == (2, 2, 1)


def test_what_can_be_sold_is_stock_and_room_for_backorders() -> None:
    variant = sold_ahead(2, limit=4)
    assert seen(variant) == (6, 2)
    order(variant, 3)
    assert seen(variant) == (3, 0)


def test_a_hold_may_take_backorder_room_and_is_its_holders_own() -> None:
    holder = hold(variant := sold_ahead(2, limit=1), 3)
    assert promised(holder) == [(3, 1)]
    assert seen(variant) == (0, 0)
    assert seen(variant, holder) == (3, 2)


def test_what_a_holder_has_is_not_taken_by_who_waits_when_it_becomes_an_order() -> None:
    cart_line = hold(variant := sold_ahead(3, limit=4), 3)
    order(variant, 2)
    order_line = new_id()
    assert seen(variant, cart_line) == (5, 3)
    services.reserve(demands=[Demand(order_line, variant.pk, 3)], instead_of=[cart_line])
    assert promised(order_line) == [(3, 0)]


def test_what_was_never_received_is_sold_ahead_from_a_stock_item_without_units() -> None:
    variant, location = VariantFactory(), LocationFactory()
    item = services.limit_backorders(variant_id=variant.pk, location=location, limit=3)
    assert (item.on_hand, item.backorder_limit, item.moves.count()) == (0, 3, 0)
    line = order(variant, 3)
    assert (promised(line), seen(variant)) == ([(3, 3)], (0, 0))
    receive(variant, 2)
    assert promised(line) == [(3, 1)]
    assert drifted() == set()


def test_what_was_received_keeps_its_one_stock_item() -> None:
    variant = sold_ahead(2, limit=1)
    order(variant, 3)
    services.limit_backorders(variant_id=variant.pk, location=LocationFactory(), limit=4)
    assert (counted(variant), item_of(variant).backorder_limit) == ((2, 2, 1), 4)


@pytest.mark.parametrize("limit", [-1, services.MOST_UNITS + 1])
def test_an_impossible_limit_leaves_no_stock_item_behind(limit: int) -> None:
    with pytest.raises(InvalidInput):
        services.limit_backorders(variant_id=VariantFactory().pk, location=LocationFactory(), limit=limit)
    assert not StockItem.objects.exists()


def test_a_variant_that_is_gone_has_no_limit() -> None:
    with pytest.raises(NotFound):
        services.limit_backorders(variant_id=new_id(), location=LocationFactory(), limit=3)


@pytest.mark.django_db(transaction=True)
def test_limits_and_receipts_at_once_make_one_stock_item() -> None:
    variant, location = VariantFactory(), LocationFactory()
    limits = [
        partial(services.limit_backorders, variant_id=variant.pk, location=location, limit=limit) for limit in (3, 5)
    ]
    receipts = [partial(services.receive_stock, variant_id=variant.pk, location=location, quantity=2)] * 2
    assert {type(one) for one in at_once(*limits, *receipts)} == {StockItem}
    assert counted(variant) == (4, 0, 0)
    assert item_of(variant).backorder_limit in {3, 5}
    assert drifted() == set()


# --- Coming true -----------------------------------------------------------------------------------


def test_a_receipt_fills_the_oldest_first() -> None:
    variant = sold_ahead(0, limit=9)
    first, second, third = (order(variant, 2) for _ in range(3))
    receive(variant, 3)
    assert (promised(first), promised(second), promised(third)) == ([(2, 0)], [(2, 1)], [(2, 2)])
    assert counted(variant) == (3, 3, 3)
    assert drifted() == set()


def test_orders_are_filled_before_carts() -> None:
    variant = sold_ahead(0, limit=9)
    cart, line = hold(variant, 2), order(variant, 2)
    receive(variant, 2)
    assert (promised(cart), promised(line)) == ([(2, 2)], [(2, 0)])


def test_what_is_left_after_who_waited_can_be_sold() -> None:
    variant = sold_ahead(0, limit=2)
    order(variant, 2)
    receive(variant, 5)
    assert counted(variant) == (5, 2, 0)
    assert seen(variant) == (5, 3)


def test_a_raised_count_fills_backorders_too() -> None:
    line = order(variant := sold_ahead(0, limit=2), 2)
    services.adjust_stock(stock_item_id=item_of(variant).pk, quantity=1, reason="Found", actor=None)
    assert promised(line) == [(2, 1)]


def test_a_cancelled_order_fills_the_next_one() -> None:
    variant = sold_ahead(2, limit=4)
    first, second = order(variant, 2), order(variant, 3)
    services.release(holders=[first])
    assert (promised(first), promised(second)) == ([], [(3, 1)])
    assert counted(variant) == (2, 2, 1)


def test_a_cancelled_backorder_gives_its_room_back() -> None:
    line = order(variant := sold_ahead(1, limit=2), 3)
    services.release(holders=[line])
    assert counted(variant) == (1, 0, 0)
    assert seen(variant) == (3, 1)


def test_what_runs_out_fills_who_waits_when_it_is_swept() -> None:
    variant = sold_ahead(2, limit=4)
    hold(variant, 2, made=LONG_AGO)
    Reservation.objects.create(stock_item=item_of(variant), holder=(line := new_id()), quantity=1, backordered=1)
    StockItem.objects.filter(variant=variant).update(backordered=1)
    services.release_run_out()
    assert promised(line) == [(1, 0)]
    assert counted(variant) == (2, 1, 0)


def test_units_that_ran_out_are_sold_before_anything_is_backordered() -> None:
    variant = sold_ahead(2, limit=4)
    hold(variant, 2, made=LONG_AGO)
    assert promised(order(variant, 2)) == [(2, 0)]


def test_units_that_ran_out_go_to_who_waited_before_who_comes() -> None:
    variant = sold_ahead(2, limit=4)
    hold(variant, 2, made=LONG_AGO)
    Reservation.objects.create(stock_item=item_of(variant), holder=(waiting := new_id()), quantity=1, backordered=1)
    StockItem.objects.filter(variant=variant).update(backordered=1)
    assert seen(variant) == (5, 1)
    newcomer = order(variant, 2)
    assert (promised(waiting), promised(newcomer)) == ([(1, 0)], [(2, 1)])
    assert drifted() == set()


def test_units_that_come_to_another_location_are_had_by_who_waits_at_the_first() -> None:
    line = order(variant := sold_ahead(1, limit=3), 3)
    receive(variant, 5, code="second")
    assert sorted(promised(line)) == [(1, 0), (2, 0)]
    assert (counted(variant), counted(variant, "second")) == ((1, 1, 0), (5, 2, 0))
    assert drifted() == set()


def test_who_waits_alone_moves_to_where_the_units_are() -> None:
    line = order(variant := sold_ahead(0, limit=3), 2)
    receive(variant, 2, code="second")
    assert Reservation.objects.get(holder=line).stock_item == item_of(variant, "second")


def test_a_location_that_serves_no_parts_fills_nobody_elsewhere() -> None:
    line = order(variant := sold_ahead(0, limit=3), 2)
    LocationFactory(code="counter")
    Location.objects.filter(code="counter").update(serves_parts=False)
    receive(variant, 2, code="counter")
    assert promised(line) == [(2, 2)]


def test_a_return_is_told_of_what_is_left_for_others_only() -> None:
    variant = sold_ahead(0, limit=3)
    order(variant, 2)
    OutboxEvent.objects.all().delete()
    receive(variant, 2)
    assert not OutboxEvent.objects.exists()
    receive(variant, 1)
    assert OutboxEvent.objects.get().event_type == "stock.back"


def test_passing_a_hold_on_keeps_what_waits() -> None:
    guest, customer = hold(variant := sold_ahead(1, limit=4), 2), hold(variant, 2)
    services.pass_on_holds(heirs={guest: customer})
    assert promised(customer) == [(4, 3)]
    assert counted(variant) == (1, 1, 3)


# --- Shipping --------------------------------------------------------------------------------------


def test_what_waits_is_not_shipped_and_the_refusal_names_line_and_units() -> None:
    line = order(variant := sold_ahead(1, limit=4), 3)
    with pytest.raises(InvalidInput) as refused:
        services.ship(quantities={line: 3}, reference=new_id(), actor=None)
    assert refused.value.code == "backordered"
    assert refused.value.details == {"line": str(line), "sku": variant.sku, "backordered": 2}
    assert f"{variant.sku}: 2 units are backordered" in str(refused.value)


def test_what_is_there_is_shipped_and_the_rest_goes_on_waiting() -> None:
    line = order(variant := sold_ahead(1, limit=4), 3)
    services.ship(quantities={line: 1}, reference=new_id(), actor=None)
    assert promised(line) == [(2, 2)]
    assert counted(variant) == (0, 0, 2)


# --- The limit -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [-1, 10**9 + 1])
def test_an_impossible_limit_is_refused(limit: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.set_backorder_limit(stock_item_id=item_of(stocked_variant(1)).pk, limit=limit)
    assert refused.value.field == "limit"


def test_a_limit_below_what_waits_is_refused_and_that_very_limit_is_not() -> None:
    order(variant := sold_ahead(0, limit=5), 2)
    with pytest.raises(BackorderLimitTooLow) as refused:
        services.set_backorder_limit(stock_item_id=item_of(variant).pk, limit=1)
    assert refused.value.details == {"backordered": 2}
    assert services.set_backorder_limit(stock_item_id=item_of(variant).pk, limit=2).backorder_limit == 2


def test_the_usual_path_takes_no_more_statements(django_assert_num_queries: pytest.FixtureRequest) -> None:
    variant = sold_ahead(20, limit=5)
    line = new_id()
    with django_assert_num_queries(2):  # lock, write
        services.reserve(demands=[Demand(line, variant.pk, 3)])
    with django_assert_num_queries(3):
        services.release(holders=[line])


def test_filling_takes_the_same_statements_however_many_wait(django_assert_num_queries: pytest.FixtureRequest) -> None:
    variant = sold_ahead(0, limit=50)
    for _ in range(20):
        order(variant, 2)
    item = item_of(variant)
    with django_assert_num_queries(7):  # savepoint, lock, who waits, write, ledger, item again, release
        services.adjust_stock(stock_item_id=item.pk, quantity=30, reason="Found", actor=None)
    assert counted(variant) == (30, 30, 10)


# --- The rule --------------------------------------------------------------------------------------

TEA, NEAR, FAR, LINE = (new_id() for _ in range(4))


@pytest.mark.parametrize(
    ("near", "far", "served"),
    [
        (Supply(NEAR, TEA, 1, 1, room=9), Supply(FAR, TEA, 5, 2), [(FAR, 4, 0)]),
        (Supply(NEAR, TEA, 1, 1, room=9), Supply(FAR, TEA, 3, 2), [(NEAR, 1, 0), (FAR, 3, 0)]),
        (Supply(NEAR, TEA, 1, 1, room=9), Supply(FAR, TEA, 2, 2), [(NEAR, 2, 1), (FAR, 2, 0)]),
        (Supply(NEAR, TEA, 0, 1, room=1), Supply(FAR, TEA, 0, 2, room=3), [(NEAR, 1, 1), (FAR, 3, 3)]),
        (Supply(NEAR, TEA, 1, 1, serves_parts=False, room=3), Supply(FAR, TEA, 2, 2), [(NEAR, 4, 3)]),
    ],
    ids=["whole on the shelf", "parts on the shelf", "shelf, then room", "room in turn", "all of one place"],
)
def test_stock_is_served_before_room(near: Supply, far: Supply, served: list[tuple[UUID, int, int]]) -> None:
    allocations = allocate([Demand(LINE, TEA, 4)], [near, far])
    assert [(one.stock_item_id, one.quantity, one.backordered) for one in allocations] == served


# --- What the database refuses, and what the check finds, whoever writes ---------------------------


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("stockitem", "backordered = backorder_limit + 1", "backorder_limit"),
        ("stockitem", "backordered = -1", "backorder_limit"),
        ("stockitem", "backorder_limit = backordered - 1", "backorder_limit"),
        ("reservation", "backordered = quantity + 1", "backordered_part"),
        ("reservation", "backordered = -1", "backordered_part"),
    ],
)
def test_the_database_refuses_more_than_the_limit(table: str, change: str, constraint: str) -> None:
    order(sold_ahead(1, limit=4), 2)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_{table} SET {change}")


@pytest.mark.parametrize(
    ("table", "change", "found"),
    [
        ("stockitem", "backordered = backordered + 1", {"inventory.backordered"}),
        ("reservation", "backordered = backordered - 1", {"inventory.backordered", "inventory.reserved"}),
        ("stockitem", "on_hand = on_hand + 1", {"inventory.on_hand", "inventory.waiting"}),
    ],
)
def test_who_tampers_with_backorders_is_found(table: str, change: str, found: set[str]) -> None:
    order(sold_ahead(1, limit=4), 2)
    assert drifted() == set()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_{table} SET {change}")
    assert drifted() == found
