"""The parts of every change of stock, under its lock.

Reservations and stock are written together, units that become free are given to backorders, and moves are recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import User
from catalog.models import Variant
from core.context import current_door
from core.db.locking import lock_rows
from core.errors import NotFound
from inventory.allocation import Allocation, Demand, Supply, allocate
from inventory.backorders import Shelf, fill
from inventory.changes import Change, apply_changes, summed
from inventory.errors import OutOfStock
from inventory.locking import held_by, lock_stock_held, run_out_of
from inventory.models import Location, Reservation, StockItem, StockMove

REASON_LENGTH = StockMove._meta.get_field("reason").max_length or 0


def stock_item_at(variant_id: UUID, location: Location) -> StockItem:
    """Where a variant is counted at a location, made if it was not yet: one after another for a variant."""
    item = StockItem.objects.filter(variant=variant_id, location=location).first()
    if item is None:
        # What is not there cannot be locked with the others; its variant stands for it until it is.
        if not lock_rows(Variant.objects.filter(pk=variant_id), no_key=True):
            raise NotFound
        item, _made = StockItem.objects.get_or_create(variant_id=variant_id, location=location)
    return item


def lock_reservations(holders: Iterable[UUID]) -> tuple[list[StockItem], list[Reservation]]:
    """The holders' stock rows, locked, and their reservations, read after that: before it they may still change.

    Nobody but who locked the holder's cart or order adds to them, so that without any there is nothing to wait for.
    """
    ids = list(holders)
    items = lock_stock_held(ids)
    return items, held_by(items, ids) if items else []


def serve(
    demands: Sequence[Demand], items: Sequence[StockItem], own: Sequence[Reservation], country: str, now: datetime
) -> tuple[list[Allocation], list[Reservation]]:
    """Who serves what, and what of others' holds is given back for it: those that ran out, if too little is there."""
    refused: OutOfStock | None = None
    allocations: list[Allocation] = []
    try:
        allocations = allocate_demands(demands, items, own, [], country)
    except OutOfStock as error:
        refused = error
    if not (refused or any(one.backordered for one in allocations)):
        return allocations, []
    holders = {one.holder for one in own}
    run_out = [one for one in run_out_of(items, now) if one.holder not in holders]
    if run_out:
        return allocate_demands(demands, items, own, run_out, country), run_out
    if refused:
        raise refused
    return allocations, []


def allocate_demands(
    demands: Sequence[Demand],
    items: Iterable[StockItem],
    own: Iterable[Reservation],
    run_out: Iterable[Reservation],
    country: str,
) -> list[Allocation]:
    """Where the demands are served from when some reservations are given back: what ran out to who waits first."""
    kept, freed = summed(own), summed(run_out)
    supplies = []
    for item in items:
        if not item.location.is_active:
            continue
        mine, others = kept[item.pk], freed[item.pk]
        waiting = item.backordered - mine.backordered - others.backordered
        filled = min(waiting, others.reserved)
        supplies.append(
            Supply(
                stock_item_id=item.pk,
                variant_id=item.variant_id,
                available=item.available + mine.reserved + others.reserved - filled,
                priority=item.location.priority,
                countries=item.location.countries,
                serves_parts=item.location.serves_parts,
                room=item.backorder_limit - waiting + filled,
            )
        )
    return allocate(demands, supplies, country=country)


def exchange(
    items: Sequence[StockItem],
    back: Sequence[Reservation],
    promised: Sequence[Reservation],
    *,
    added: Mapping[UUID, int] | None = None,
) -> None:
    """Write some reservations in place of others, units `added` on hand, and on the stock what that amounts to.

    What is free then goes to who waits for it. `items` are all stock items of the variants, locked.
    """
    given_back, given_out = summed(back), summed(promised)
    changes: dict[UUID, Change] = {}
    for item in items:
        less, more = given_back[item.pk], given_out[item.pk]
        reserved, backordered = more.reserved - less.reserved, more.backordered - less.backordered
        changes[item.pk] = Change((added or {}).get(item.pk, 0), reserved, backordered)
    rows = {(one.holder, one.stock_item_id): one.pk for one in back}
    gone = list(rows.values())
    for one in promised:
        # The row is written over; one that is not given back is in the way of a second, as it should be.
        one.pk = rows.pop((one.holder, one.stock_item_id), one.pk)
    filled = give_to_backorders(items, changes, gone)
    apply_changes(
        changes,
        dropped=[*rows.values(), *[one.pk for one in filled if not one.quantity]],
        kept=[*promised, *[one for one in filled if one.quantity]],
    )


def give_to_backorders(
    items: Sequence[StockItem], changes: Mapping[UUID, Change], gone: Sequence[UUID]
) -> list[Reservation]:
    """Add to the changes what comes true of backorders by them; the reservations that change so. Mostly no query."""
    waited_for = {item.variant_id for item in items if item.backordered + changes[item.pk].backordered > 0}
    shelves = [
        Shelf(
            stock_item_id=item.pk,
            variant_id=item.variant_id,
            free=item.available + changes[item.pk].on_hand - changes[item.pk].reserved,
            priority=item.location.priority,
            serves_others=item.location.is_active and item.location.serves_parts,
        )
        for item in items
        if item.variant_id in waited_for
    ]
    if not any(shelf.free > 0 for shelf in shelves):
        return []
    of_these = Reservation.objects.filter(stock_item__in=[shelf.stock_item_id for shelf in shelves])
    waiting = of_these.filter(backordered__gt=0).exclude(pk__in=gone).values("holder")
    filled, touched = fill(shelves, of_these.filter(holder__in=waiting).exclude(pk__in=gone))
    for one in filled:
        changes[one.waited_at].backordered -= one.units
        changes[one.stock_item_id].reserved += one.units
    return touched


def consume(reservations: list[Reservation], quantity: int) -> Iterable[tuple[Reservation, int]]:
    for reservation in reservations:
        units = min(quantity, reservation.reserved)
        if units:
            quantity -= units
            yield reservation, units


def record_move(
    units: Mapping[UUID, int], *, kind: StockMove.Kind, sign: int, reference: UUID | None, actor: User | None
) -> None:
    StockMove.objects.bulk_create(
        StockMove(
            stock_item_id=item,
            kind=kind,
            quantity=sign * quantity,
            reference=reference,
            actor=actor,
            door=current_door(),
        )
        for item, quantity in units.items()
    )
