"""Which location serves which line."""

from uuid import UUID

import pytest

from core.db.ids import new_id
from inventory.allocation import Allocation, Demand, Supply, allocate
from inventory.errors import OutOfStock

TEA, CUP = new_id(), new_id()
NEAR, FAR, CUPS = new_id(), new_id(), new_id()
LINE, OTHER = new_id(), new_id()


def supplies(near: int, far: int) -> list[Supply]:
    return [Supply(FAR, TEA, far, 2), Supply(NEAR, TEA, near, 1), Supply(CUPS, CUP, 5, 1)]


def taken(allocations: list[Allocation]) -> list[tuple[UUID, int]]:
    return [(one.stock_item_id, one.quantity) for one in allocations]


def test_the_first_location_by_priority_serves() -> None:
    assert taken(allocate([Demand(LINE, TEA, 3)], supplies(near=5, far=5))) == [(NEAR, 3)]


def test_a_location_that_has_the_whole_line_is_preferred_over_a_split() -> None:
    assert taken(allocate([Demand(LINE, TEA, 4)], supplies(near=3, far=5))) == [(FAR, 4)]


def test_a_line_that_no_location_has_whole_is_split_by_priority() -> None:
    assert taken(allocate([Demand(LINE, TEA, 7)], supplies(near=3, far=5))) == [(NEAR, 3), (FAR, 4)]


def test_two_lines_of_one_variant_share_what_there_is() -> None:
    demands = [Demand(LINE, TEA, 3), Demand(OTHER, TEA, 2)]
    assert taken(allocate(demands, supplies(near=3, far=5))) == [(NEAR, 3), (FAR, 2)]


def test_every_short_variant_is_named_and_nothing_is_served() -> None:
    with pytest.raises(OutOfStock) as refused:
        allocate([Demand(LINE, TEA, 9), Demand(OTHER, CUP, 6)], supplies(near=3, far=5))
    lines = {line["variant_id"]: line["available"] for line in refused.value.details["lines"]}
    assert lines == {str(TEA): 8, str(CUP): 5}


def test_a_variant_without_stock_is_sold_out() -> None:
    with pytest.raises(OutOfStock, match="sold out"):
        allocate([Demand(LINE, TEA, 1)], [])


def places() -> list[Supply]:
    """Near comes first by priority and serves everywhere; the others are there for France and for Tunisia."""
    return [
        Supply(NEAR, TEA, 5, 1),
        Supply(FAR, TEA, 5, 2, countries=["FR", "BE"]),
        Supply(CUPS, TEA, 5, 0, countries=["TN"]),
    ]


@pytest.mark.parametrize(("country", "first"), [("FR", FAR), ("BE", FAR), ("TN", CUPS), ("DE", NEAR), ("", NEAR)])
def test_a_location_that_names_the_country_comes_first_and_one_for_elsewhere_last(country: str, first: UUID) -> None:
    assert taken(allocate([Demand(LINE, TEA, 3)], places(), country=country)) == [(first, 3)]


def test_a_line_is_split_from_the_nearest_to_the_farthest() -> None:
    split = allocate([Demand(LINE, TEA, 12)], places(), country="FR")
    assert taken(split) == [(FAR, 5), (NEAR, 5), (CUPS, 2)]


def test_a_whole_line_from_far_away_is_preferred_over_a_split() -> None:
    supplies = [Supply(NEAR, TEA, 3, 1, countries=["FR"]), Supply(FAR, TEA, 4, 2, countries=["TN"])]
    assert taken(allocate([Demand(LINE, TEA, 4)], supplies, country="FR")) == [(FAR, 4)]


def counter(units: int) -> list[Supply]:
    """Near serves whole lines only."""
    return [Supply(NEAR, TEA, units, 1, serves_parts=False), Supply(FAR, TEA, 3, 2), Supply(CUPS, TEA, 2, 3)]


def test_a_location_that_serves_no_parts_still_serves_whole_lines() -> None:
    assert taken(allocate([Demand(LINE, TEA, 6)], counter(6))) == [(NEAR, 6)]


def test_a_line_is_split_without_a_location_that_serves_no_parts() -> None:
    assert taken(allocate([Demand(LINE, TEA, 5)], counter(4))) == [(FAR, 3), (CUPS, 2)]


def test_a_shortage_names_the_longest_line_there_can_be() -> None:
    with pytest.raises(OutOfStock) as refused:
        allocate([Demand(LINE, TEA, 7)], counter(6))
    assert refused.value.details["lines"][0]["available"] == 6
