"""The rule that says whose backordered units come true when stock is there. Pure: it works on what was read locked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from inventory.models import Reservation


@dataclass(slots=True)
class Shelf:
    """A stock item with units that nobody was promised; with `serves_others`, also who waits at another location."""

    stock_item_id: UUID
    variant_id: UUID
    free: int
    priority: int
    serves_others: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """Units that waited at one stock item (`waited_at`) and are reserved of another now, or of the same."""

    waited_at: UUID
    stock_item_id: UUID
    units: int


def fill(shelves: Collection[Shelf], reservations: Iterable[Reservation]) -> tuple[list[Filled], list[Reservation]]:
    """Give what is free to who waits: orders before carts, the oldest first, of its own location before others.

    `reservations` are all that the waiting holders have of the variants. Those that changed are changed in place and
    returned: one that has no units left is over, and one that moved to another location may be new.
    """
    known = list(reservations)
    rows = {(one.holder, one.stock_item_id): one for one in known}
    variant_of = {shelf.stock_item_id: shelf.variant_id for shelf in shelves}
    touched: dict[UUID, Reservation] = {}
    filled: list[Filled] = []
    for one in sorted((one for one in known if one.backordered), key=_turn):
        own = one.stock_item_id
        for shelf in sorted(shelves, key=lambda shelf: (shelf.stock_item_id != own, shelf.priority)):
            may_serve = shelf.stock_item_id == own or shelf.serves_others
            units = min(one.backordered, shelf.free)
            if not (units > 0 and may_serve and shelf.variant_id == variant_of[own]):
                continue
            shelf.free -= units
            _come_true(one, shelf.stock_item_id, units, rows, touched)
            filled.append(Filled(own, shelf.stock_item_id, units))
    return filled, list(touched.values())


def _turn(one: Reservation) -> tuple[bool, object, UUID]:
    return one.expires_at is not None, one.created_at, one.pk


def _come_true(
    one: Reservation,
    stock_item_id: UUID,
    units: int,
    rows: dict[tuple[UUID, UUID], Reservation],
    touched: dict[UUID, Reservation],
) -> None:
    one.backordered -= units
    touched[one.pk] = one
    if stock_item_id == one.stock_item_id:
        return
    one.quantity -= units
    there = rows.get((one.holder, stock_item_id))
    if there is None:
        there = Reservation(
            stock_item_id=stock_item_id,
            holder=one.holder,
            quantity=0,
            expires_at=one.expires_at,
            guest=one.guest,
            created_at=one.created_at,
        )
        rows[one.holder, stock_item_id] = there
    there.quantity += units
    touched[there.pk] = there
