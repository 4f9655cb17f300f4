"""Units are held for a while: made, resized, passed on, run out, given back."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog.models import Variant
from core.db.ids import new_id
from inventory import services
from inventory.allocation import Demand
from inventory.errors import OutOfStock, StockBelowReserved
from inventory.models import Location, Reservation, StockItem
from inventory.selectors import available_by_variant, stock_of
from inventory.tasks import release_run_out_holds
from tests.factories.inventory import LocationFactory, stocked_variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_the_modules_now")]

NOW = timezone.now()
LATER = NOW + timedelta(minutes=15)
LONG_AGO = NOW - timedelta(hours=1)


def hold(variant: Variant, quantity: int, *, holder: UUID | None = None, until: datetime = LATER) -> UUID:
    holder = holder or new_id()
    made = until - timedelta(minutes=15)
    services.reserve(demands=[Demand(holder, variant.pk, quantity)], instead_of=[holder], until=until, now=made)
    return holder


def run_out_hold(variant: Variant, quantity: int) -> UUID:
    return hold(variant, quantity, until=LONG_AGO)


def reserved(variant: Variant) -> int:
    return sum(item.reserved for item in StockItem.objects.filter(variant=variant))


def held(holder: UUID) -> list[tuple[int, datetime | None]]:
    return list(Reservation.objects.filter(holder=holder).values_list("quantity", "expires_at"))


def sellable(variant: Variant) -> int:
    return available_by_variant([variant.pk])[variant.pk]


def test_what_is_held_is_not_available_to_others() -> None:
    hold(variant := stocked_variant(5), 3)
    assert sellable(variant) == 2


def test_what_is_held_is_available_to_its_holder() -> None:
    holder = hold(variant := stocked_variant(5), 3)
    stock = stock_of([variant.pk], holders=[holder])[variant.pk]
    assert (stock.available, stock.held, stock.held_until) == (5, 3, LATER)


def test_a_hold_that_has_run_out_is_available_before_any_sweep() -> None:
    run_out_hold(variant := stocked_variant(5), 3)
    assert reserved(variant) == 3
    assert sellable(variant) == 5


def test_what_an_order_has_is_available_to_nobody() -> None:
    line = new_id()
    services.reserve(demands=[Demand(line, (variant := stocked_variant(5)).pk, 3)])
    assert stock_of([variant.pk], holders=[line])[variant.pk].available == 2


def test_holding_again_replaces_what_was_held() -> None:
    holder = hold(variant := stocked_variant(5), 3)
    hold(variant, 5, holder=holder, until=LATER + timedelta(minutes=5))
    assert held(holder) == [(5, LATER + timedelta(minutes=5))]
    assert reserved(variant) == 5


def test_a_hold_that_is_refused_leaves_the_one_before() -> None:
    holder = hold(variant := stocked_variant(5), 3)
    with pytest.raises(OutOfStock):
        hold(variant, 6, holder=holder)
    assert held(holder) == [(3, LATER)]
    assert reserved(variant) == 3


def test_a_second_promise_to_a_holder_who_keeps_the_first_is_refused() -> None:
    holder = hold(variant := stocked_variant(5), 3)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.reserve(demands=[Demand(holder, variant.pk, 1)])
    assert held(holder) == [(3, LATER)]
    assert reserved(variant) == 3


def test_run_out_units_are_given_back_to_who_needs_them() -> None:
    gone = run_out_hold(variant := stocked_variant(5), 4)
    hold(variant, 5)
    assert held(gone) == []
    assert reserved(variant) == 5


def test_run_out_units_stay_where_nobody_needs_them() -> None:
    idle = run_out_hold(variant := stocked_variant(5), 1)
    hold(variant, 4)
    assert held(idle) == [(1, LONG_AGO)]
    assert reserved(variant) == 5


def test_units_that_are_held_for_longer_are_given_to_nobody() -> None:
    holder = hold(variant := stocked_variant(5), 4)
    with pytest.raises(OutOfStock) as refused:
        hold(variant, 2)
    assert refused.value.details["lines"][0]["available"] == 1
    assert held(holder) == [(4, LATER)]


def test_a_hold_becomes_a_promise_for_good() -> None:
    cart_line, order_line = hold(variant := stocked_variant(5), 5), new_id()
    services.reserve(demands=[Demand(order_line, variant.pk, 5)], instead_of=[cart_line])
    assert (held(cart_line), held(order_line)) == ([], [(5, None)])
    assert reserved(variant) == 5


def test_what_an_order_wants_above_its_hold_is_reserved_then() -> None:
    cart_line, order_line = hold(variant := stocked_variant(5), 2), new_id()
    services.reserve(demands=[Demand(order_line, variant.pk, 4)], instead_of=[cart_line])
    assert held(order_line) == [(4, None)]
    assert reserved(variant) == 4


@pytest.mark.parametrize(("quantity", "left"), [(1, 1), (5, 5), (6, 3)])
def test_a_hold_follows_its_line_as_far_as_there_is_stock(quantity: int, left: int) -> None:
    holder = hold(variant := stocked_variant(5), 3)
    services.resize_hold(holder=holder, variant_id=variant.pk, quantity=quantity, country="US", now=NOW)
    assert held(holder) == [(left, LATER)]
    assert reserved(variant) == left


def test_a_line_that_holds_nothing_still_holds_nothing_when_it_changes() -> None:
    variant, holder = stocked_variant(5), new_id()
    services.resize_hold(holder=holder, variant_id=variant.pk, quantity=2, country="US")
    assert reserved(variant) == 0


def test_what_is_passed_on_adds_up_and_keeps_the_later_time() -> None:
    guest, customer = hold(variant := stocked_variant(9), 2), hold(variant, 3, until=LATER + timedelta(minutes=2))
    services.pass_on_holds(heirs={guest: customer})
    assert (held(guest), held(customer)) == ([], [(5, LATER + timedelta(minutes=2))])
    assert reserved(variant) == 5


def test_what_has_no_heir_is_given_back() -> None:
    guest = hold(variant := stocked_variant(9), 2)
    services.pass_on_holds(heirs={guest: None})
    assert held(guest) == []
    assert reserved(variant) == 0


def test_what_has_run_out_is_given_back_instead_of_passed_on() -> None:
    guest, customer = run_out_hold(variant := stocked_variant(9), 2), new_id()
    services.pass_on_holds(heirs={guest: customer})
    assert (held(guest), held(customer)) == ([], [])
    assert reserved(variant) == 0


def test_the_sweep_gives_back_what_has_run_out_and_nothing_else() -> None:
    gone, kept, order_line = run_out_hold(variant := stocked_variant(9), 2), hold(variant, 3), new_id()
    services.reserve(demands=[Demand(order_line, variant.pk, 1)])
    assert services.release_run_out(now=NOW) == 1
    assert (held(gone), held(kept), held(order_line)) == ([], [(3, LATER)], [(1, None)])
    assert reserved(variant) == 4


def test_sweeping_twice_gives_back_once() -> None:
    run_out_hold(variant := stocked_variant(9), 2)
    assert (release_run_out_holds(), release_run_out_holds()) == (1, 0)
    assert reserved(variant) == 0


def test_the_sweep_goes_on_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.services.reservations._SWEPT_AT_ONCE", 1)
    for _ in range(3):
        run_out_hold(stocked_variant(2), 1)
    assert services.release_run_out() == 3


def test_the_command_says_how_many_it_gave_back(capsys: pytest.CaptureFixture[str]) -> None:
    run_out_hold(stocked_variant(2), 1)
    call_command("release_holds")
    assert capsys.readouterr().out == "1 holds given back.\n"


def test_run_out_holds_do_not_stand_in_the_way_of_an_adjustment() -> None:
    gone = run_out_hold(variant := stocked_variant(5), 4)
    item = services.adjust_stock(
        stock_item_id=StockItem.objects.get(variant=variant).pk, quantity=-5, reason="Broken", actor=None
    )
    assert (item.on_hand, item.reserved, held(gone)) == (0, 0, [])


def test_units_that_are_held_cannot_be_adjusted_away() -> None:
    holder = hold(variant := stocked_variant(5), 4)
    run_out_hold(variant, 1)
    with pytest.raises(StockBelowReserved) as refused:
        services.adjust_stock(
            stock_item_id=StockItem.objects.get(variant=variant).pk, quantity=-2, reason="Broken", actor=None
        )
    assert refused.value.details == {"on_hand": 5, "reserved": 4}
    assert held(holder) == [(4, LATER)]


def test_a_hold_at_a_location_that_closed_moves_to_another() -> None:
    holder = hold(variant := stocked_variant(5), 3)
    Location.objects.update(is_active=False)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(code="new"), quantity=3)
    hold(variant, 3, holder=holder)
    assert Reservation.objects.get(holder=holder).stock_item.location.code == "new"
    assert reserved(variant) == 3


def test_a_line_that_no_place_may_serve_in_parts_is_no_longer_than_what_one_place_has() -> None:
    variant = stocked_variant(3)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(code="counter"), quantity=2)
    assert sellable(variant) == 5
    Location.objects.filter(code="counter").update(serves_parts=False)
    assert sellable(variant) == 3
    with pytest.raises(OutOfStock):
        hold(variant, 4)


@pytest.mark.parametrize(
    ("action", "statements"),
    [
        ("hold", 3),  # lock, what is held, write
        ("hold what others let run out", 4),  # what has run out as well
        ("reserve", 2),  # lock, write
        ("release", 3),
        ("release nothing", 1),
        ("resize", 4),
        ("resize nothing", 1),
        ("pass on", 3),
    ],
)
def test_statements_do_not_grow_with_what_is_held(
    action: str, statements: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    variants = [stocked_variant(20) for _ in range(4)]
    demands = [Demand(new_id(), variant.pk, 9) for variant in variants]
    holders = [demand.holder for demand in demands]
    services.reserve(demands=demands, instead_of=holders, until=LATER, now=NOW)
    if action == "hold what others let run out":
        for variant in variants:
            run_out_hold(variant, 8)
        demands = [Demand(demand.holder, demand.variant_id, 13) for demand in demands]
    first, others = demands[0], [new_id() for _ in demands]
    run = {
        "hold": lambda: services.reserve(demands=demands, instead_of=holders, until=LATER),
        "hold what others let run out": lambda: services.reserve(demands=demands, instead_of=holders, until=LATER),
        "reserve": lambda: services.reserve(demands=[Demand(new_id(), one.variant_id, 1) for one in demands]),
        "release": lambda: services.release(holders=holders),
        "release nothing": lambda: services.release(holders=others),
        "resize": lambda: services.resize_hold(
            holder=first.holder, variant_id=first.variant_id, quantity=2, country="US"
        ),
        "resize nothing": lambda: services.resize_hold(
            holder=others[0], variant_id=first.variant_id, quantity=2, country="US"
        ),
        "pass on": lambda: services.pass_on_holds(heirs=dict(zip(holders, others, strict=True))),
    }[action]
    with django_assert_num_queries(statements):
        run()


# --- What the database refuses, whoever writes ----------------------------------------------------


@pytest.mark.parametrize("expires_at", ["created_at", "created_at - interval '1 second'"])
def test_the_database_refuses_a_hold_that_had_run_out_when_it_was_made(expires_at: str) -> None:
    hold(stocked_variant(2), 1)
    with pytest.raises(IntegrityError, match="expires_later"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE inventory_reservation SET expires_at = {expires_at}")
