"""The rule that says which location serves which line. Pure: it works on what was read under the lock."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory.errors import OutOfStock


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of a variant wanted by a holder (an order line)."""

    holder: UUID
    variant_id: UUID
    quantity: int


@dataclass(slots=True)
class Supply:
    """What a stock item can give; `priority` is its location's, lower first."""

    stock_item_id: UUID
    variant_id: UUID
    available: int
    priority: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of one stock item for one holder."""

    holder: UUID
    stock_item_id: UUID
    quantity: int


def allocate(demands: Sequence[Demand], supplies: Iterable[Supply]) -> list[Allocation]:
    """Serve every demand or none.

    One parcel is cheaper than two: the first location by priority that holds the whole line serves it; if none
    does, the line is split in order of priority. Raises OutOfStock naming every variant that is short.
    """
    by_variant: dict[UUID, list[Supply]] = defaultdict(list)
    for supply in sorted(supplies, key=lambda supply: (supply.priority, supply.stock_item_id)):
        by_variant[supply.variant_id].append(supply)
    _refuse_shortages(demands, by_variant)
    allocations: list[Allocation] = []
    for demand in demands:
        allocations += _serve(demand, by_variant[demand.variant_id])
    return allocations


def _refuse_shortages(demands: Sequence[Demand], by_variant: dict[UUID, list[Supply]]) -> None:
    wanted: dict[UUID, int] = defaultdict(int)
    for demand in demands:
        wanted[demand.variant_id] += demand.quantity
    available = {variant: sum(supply.available for supply in by_variant[variant]) for variant in wanted}
    shortages = [(variant, wanted[variant], available[variant]) for variant in wanted]
    if short := [shortage for shortage in shortages if shortage[1] > shortage[2]]:
        raise OutOfStock(short)


def _serve(demand: Demand, supplies: list[Supply]) -> list[Allocation]:
    whole = next((supply for supply in supplies if supply.available >= demand.quantity), None)
    served: list[Allocation] = []
    missing = demand.quantity
    for supply in [whole] if whole else supplies:
        taken = min(missing, supply.available)
        if taken:
            supply.available -= taken
            missing -= taken
            served.append(Allocation(demand.holder, supply.stock_item_id, taken))
    return served
