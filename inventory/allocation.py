"""The rule that says which location serves which line. Pure: it works on what was read under the lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory.errors import OutOfStock


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of a variant wanted by a holder (an order line or a cart line)."""

    holder: UUID
    variant_id: UUID
    quantity: int


@dataclass(slots=True)
class Supply:
    """What a stock item can give, and for how many more its location takes backorders (`room`).

    The rest is its location's: which comes first, for where, and whether in parts.
    """

    stock_item_id: UUID
    variant_id: UUID
    available: int
    priority: int
    countries: Collection[str] = ()
    serves_parts: bool = True
    room: int = 0

    @property
    def most(self) -> int:
        return self.available + self.room


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of one stock item for one holder; `backordered` of them are still to come."""

    holder: UUID
    stock_item_id: UUID
    quantity: int
    backordered: int = 0


def allocate(demands: Sequence[Demand], supplies: Iterable[Supply], *, country: str = "") -> list[Allocation]:
    """Serve every demand or none; `country` is where it goes.

    Locations are asked in turn: first those that name the country, then those for everywhere, then those for other
    countries; by priority within. One parcel is cheaper than two: the first location that holds the whole line
    serves it; if none does, the line is split, in the same turn, among those that serve parts. A line that is longer
    than what is there takes all of that first, and backorders the rest in the same turn: of those that serve parts, or
    else of the first location that takes the whole line.
    Raises OutOfStock naming every variant that is short.
    """
    by_variant: dict[UUID, list[Supply]] = defaultdict(list)
    for supply in sorted(supplies, key=lambda one: (_distance(one, country), one.priority, one.stock_item_id)):
        by_variant[supply.variant_id].append(supply)
    most = {demand.variant_id: _longest_line(by_variant[demand.variant_id]) for demand in demands}
    allocations: list[Allocation] = []
    short: set[UUID] = set()
    for demand in demands:
        served = _serve(demand, by_variant[demand.variant_id])
        allocations += served
        if not served:
            short.add(demand.variant_id)
    if short:
        wanted = {one: sum(demand.quantity for demand in demands if demand.variant_id == one) for one in most}
        raise OutOfStock([(one, wanted[one], most[one]) for one in most if one in short])
    return allocations


def backordered_units(allocations: Iterable[Allocation]) -> dict[UUID, int]:
    """Units of each holder that are still to come, holders with none left out."""
    units: dict[UUID, int] = defaultdict(int)
    for one in allocations:
        if one.backordered:
            units[one.holder] += one.backordered
    return dict(units)


def _distance(supply: Supply, country: str) -> int:
    if not supply.countries:
        return 1
    return 0 if country in supply.countries else 2


def _longest_line(supplies: list[Supply]) -> int:
    whole = max((supply.most for supply in supplies), default=0)
    return max(whole, sum(supply.most for supply in supplies if supply.serves_parts))


def _serve(demand: Demand, supplies: list[Supply]) -> list[Allocation]:
    """Nothing if the line is too long for what is left."""
    missing = demand.quantity
    givers = _givers(missing, supplies)
    units: dict[UUID, int] = {}
    backordered: dict[UUID, int] = {}
    for supply in givers:
        units[supply.stock_item_id] = taken = min(missing, supply.available)
        supply.available -= taken
        missing -= taken
    for supply in givers:
        backordered[supply.stock_item_id] = taken = min(missing, supply.room)
        supply.room -= taken
        missing -= taken
    return [
        Allocation(demand.holder, item, units[item] + backordered[item], backordered[item])
        for item in units
        if units[item] + backordered[item]
    ]


def _givers(quantity: int, supplies: list[Supply]) -> list[Supply]:
    """Who serves a line of so many units, nobody if it is too long."""
    parts = [supply for supply in supplies if supply.serves_parts]
    if whole := next((supply for supply in supplies if supply.available >= quantity), None):
        return [whole]
    if sum(supply.most for supply in parts) >= quantity:
        return parts
    return [supply for supply in supplies if supply.most >= quantity][:1]
