"""Stock that gets low, sells out or comes back is told of, once, with the change itself."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from catalog.models import Variant
from core.db.ids import new_id
from core.outbox.models import OutboxEvent
from inventory import services
from inventory.allocation import Demand
from inventory.models import Location, StockItem
from inventory.selectors import available_by_variant
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _low(settings: Settings) -> None:
    settings.LOW_STOCK_UNITS = 5


def told(variant: Variant) -> list[str]:
    """The last parts of what was told of the variant, in order."""
    events = OutboxEvent.objects.filter(aggregate_id=variant.pk).order_by("emitted")
    return [event.event_type.removeprefix("stock.") for event in events]


def known(on_hand: int, *elsewhere: int) -> Variant:
    """A variant with so many units at some locations, of which everything is told already."""
    variant = stocked_variant(on_hand)
    for number, units in enumerate(elsewhere):
        location = LocationFactory(code=f"store-{number}", name="Store", priority=number + 1)
        services.receive_stock(variant_id=variant.pk, location=location, quantity=units)
    OutboxEvent.objects.all().delete()
    return variant


def take(variant: Variant, units: int) -> object:
    holder = new_id()
    with transaction.atomic():
        services.reserve(demands=[Demand(holder, variant.pk, units)])
    return holder


def adjust(variant: Variant, units: int, code: str = "main") -> None:
    item = StockItem.objects.get(variant=variant, location__code=code)
    services.adjust_stock(stock_item_id=item.pk, quantity=units, reason="Counted", actor=None)


@pytest.mark.parametrize(
    ("on_hand", "units", "event"),
    [(10, 4, []), (10, 5, ["low"]), (10, 9, ["low"]), (5, 4, []), (5, 5, ["sold_out"]), (10, 10, ["sold_out"])],
)
def test_an_order_tells_that_stock_is_low_or_sold_out_when_it_makes_it_so(
    on_hand: int, units: int, event: list[str]
) -> None:
    variant = known(on_hand)
    take(variant, units)
    assert told(variant) == event


def test_what_gets_lower_still_is_told_once() -> None:
    variant = known(10)
    for _ in range(7):
        take(variant, 1)
    assert told(variant) == ["low"]


def test_what_is_given_back_by_an_order_is_back() -> None:
    variant = known(3)
    holder = take(variant, 3)
    services.release(holders=[holder])
    assert told(variant) == ["sold_out", "back"]


def test_a_parcel_that_takes_promised_units_out_of_the_house_tells_nothing_of_stock() -> None:
    variant = known(5)
    holder = take(variant, 5)
    OutboxEvent.objects.all().delete()
    services.ship(quantities={holder: 5}, reference=new_id(), actor=None)
    assert told(variant) == []


def test_a_first_receipt_and_a_later_one_are_a_return_from_nothing() -> None:
    variant = stocked_variant(0)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(), quantity=2)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(), quantity=2)
    adjust(variant, -4)
    services.receive_stock(variant_id=variant.pk, location=LocationFactory(), quantity=2)
    assert told(variant) == ["back", "sold_out", "back"]


def test_what_counts_is_what_all_open_locations_have_together() -> None:
    variant = known(4, 4)
    adjust(variant, -4)
    assert told(variant) == ["low"]
    adjust(variant, -4, "store-0")
    assert told(variant) == ["low", "sold_out"]


def test_stock_at_a_closed_location_does_not_count() -> None:
    variant = known(4, 4)
    Location.objects.filter(code="store-0").update(is_active=False)
    adjust(variant, -1, "store-0")
    assert told(variant) == []
    adjust(variant, -4)
    assert told(variant) == ["sold_out"]


def test_one_order_tells_of_each_of_its_variants() -> None:
    first, second = known(5), known(10)
    services.reserve(demands=[Demand(new_id(), first.pk, 5), Demand(new_id(), second.pk, 6)])
    assert (told(first), told(second)) == (["sold_out"], ["low"])


def test_what_is_undone_was_never_told() -> None:
    variant = known(5)
    with transaction.atomic():
        take(variant, 5)
        transaction.set_rollback(True)
    assert told(variant) == []


def test_a_threshold_of_nothing_tells_of_no_low_stock(settings: Settings) -> None:
    settings.LOW_STOCK_UNITS = 0
    variant = known(10)
    take(variant, 9)
    take(variant, 1)
    assert told(variant) == ["sold_out"]


def test_to_find_out_takes_no_query_of_its_own() -> None:
    plenty, short = known(100), known(100, 2)
    with CaptureQueriesContext(connection) as quiet:
        take(plenty, 1)
    with CaptureQueriesContext(connection) as crossing:
        take(short, 98)
    assert len(crossing) - len(quiet) == 1  # the event itself
    assert told(short) == ["low"]


@pytest.mark.django_db(transaction=True)
def test_two_locations_that_run_empty_at_once_sell_the_variant_out_once() -> None:
    for _ in range(12):
        variant = known(1, 1)
        results = at_once(lambda: adjust(variant, -1), lambda: adjust(variant, -1, "store-0"))  # noqa: B023  used at once
        assert results == [None, None]
        assert available_by_variant([variant.pk]) == {variant.pk: 0}
        assert told(variant) == ["sold_out"]


@pytest.mark.django_db(transaction=True)
def test_first_receipts_at_two_locations_at_once_are_one_return() -> None:
    places = [LocationFactory(code=code) for code in ("main", "second")]
    for _ in range(12):
        variant = stocked_variant(0)

        def receive(place: Location) -> Callable[[], StockItem]:
            return lambda: services.receive_stock(variant_id=variant.pk, location=place, quantity=2)  # noqa: B023

        results = at_once(*[receive(place) for place in places])
        assert [item.on_hand for item in results] == [2, 2]
        assert told(variant) == ["back"]


@pytest.mark.django_db(transaction=True)
def test_a_return_and_a_sale_at_once_are_told_in_the_order_in_which_they_happened() -> None:
    for _ in range(12):
        variant = known(1, 1)
        holder = take(variant, 2)
        OutboxEvent.objects.all().delete()

        def give_back() -> None:
            with transaction.atomic():
                services.release(holders=[holder])  # noqa: B023  used at once

        at_once(give_back, lambda: adjust(variant, 3, "store-0"), lambda: take(variant, 2))  # noqa: B023
        events = told(variant)
        assert events[::2] == ["back"] * len(events[::2])
        assert events[1::2] == ["sold_out"] * len(events[1::2])
        assert (available_by_variant([variant.pk])[variant.pk] > 0) is (len(events) % 2 == 1)
