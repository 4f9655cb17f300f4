"""The one module that changes stock: it has inventory.changes written.

Every function locks first, by id, and decides on what it read under the lock.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Unpack
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from catalog.models import Product, Variant
from catalog.services import NewProductValues, create_product
from core import clock
from core.context import current_door
from core.db.locking import lock_rows, require_transaction
from core.errors import InvalidInput, NotFound
from inventory.allocation import Allocation, Demand, Supply, allocate, backordered_units
from inventory.backorders import Shelf, fill
from inventory.changes import Change, apply_changes, summed
from inventory.errors import BackorderLimitChanged, BackorderLimitTooLow, OutOfStock, StockBelowReserved
from inventory.locking import held_by, lock_stock, lock_stock_around, lock_stock_held, lock_stock_item, run_out_of
from inventory.models import Location, Reservation, StockItem, StockMove
from inventory.shares import within_share

_REASON_LENGTH = StockMove._meta.get_field("reason").max_length or 0
_SWEPT_AT_ONCE = 500
# More than any shelf holds; a slip of the finger is refused before it reaches the ledger.
MOST_UNITS = 10**9


def reserve(
    *,
    demands: Sequence[Demand],
    instead_of: Collection[UUID] = (),
    until: datetime | None = None,
    country: str = "",
    now: datetime | None = None,
) -> dict[UUID, int]:
    """Promise stock to holders, in place of what the holders `instead_of` have of the same variants.

    What is there goes first, then what may be backordered; returns how many units of each holder were, holders with
    none left out. All of it or nothing: raises OutOfStock naming every variant that is short. With `until` it is a
    hold that runs out then; `country` is where it goes. Others' holds that have run out are given back if their units
    are needed. Call it in a transaction, after Cart, Order and Payment.
    """
    require_transaction()
    now = now or clock.now()
    items = lock_stock({demand.variant_id for demand in demands})
    back = held_by(items, instead_of) if instead_of else []
    return _promise(demands, items, back, until=until, country=country, now=now)


def hold(
    *,
    demands: Sequence[Demand],
    instead_of: Collection[UUID] = (),
    until: datetime,
    country: str,
    guest: str = "",
    now: datetime | None = None,
) -> bool:
    """Reserve for a cart until a time; returns whether that is all of it.

    As reserve(), but of a `guest`, named by a key that stands for their address, no more than their share
    (inventory.shares). Raises OutOfStock. Call it in a transaction, the cart locked.
    """
    require_transaction()
    now = now or clock.now()
    items = lock_stock({demand.variant_id for demand in demands})
    back = held_by(items, instead_of) if instead_of else []
    allowed = within_share(demands, items, back, guest=guest, now=now) if guest else demands
    _promise(allowed, items, back, until=until, country=country, guest=guest, now=now)
    return list(allowed) == list(demands)


def _promise(
    demands: Sequence[Demand],
    items: Sequence[StockItem],
    back: Sequence[Reservation],
    *,
    until: datetime | None,
    country: str,
    guest: str = "",
    now: datetime,
) -> dict[UUID, int]:
    allocations, run_out = _serve(demands, items, back, country, now)
    _exchange(
        items,
        [*back, *run_out],
        [
            Reservation(
                stock_item_id=one.stock_item_id,
                holder=one.holder,
                quantity=one.quantity,
                backordered=one.backordered,
                expires_at=until,
                guest=guest,
                created_at=now,
            )
            for one in allocations
        ],
    )
    return backordered_units(allocations)


def release(*, holders: Iterable[UUID]) -> None:
    """Give back whatever the holders have reserved; doing it again changes nothing. Call it in a transaction."""
    require_transaction()
    items, found = _lock_reservations(holders)
    _exchange(items, found, [])


def resize_hold(*, holder: UUID, variant_id: UUID, quantity: int, country: str, now: datetime | None = None) -> None:
    """Bring a hold to another quantity, until the same time; where nothing is held nothing changes.

    If there is too little the hold stays as it is. Call it in a transaction, the holder's cart locked.
    """
    require_transaction()
    now = now or clock.now()
    live = Reservation.objects.filter(holder=holder, expires_at__gt=now).first()
    if live is None or live.expires_at is None:
        return
    until, guest = live.expires_at, live.guest
    demands = [Demand(holder, variant_id, quantity)]
    with suppress(OutOfStock):
        hold(demands=demands, instead_of=[holder], until=until, country=country, guest=guest, now=now)


def pass_on_holds(*, heirs: Mapping[UUID, UUID | None], now: datetime | None = None) -> None:
    """Make what some holders hold that of others, on top of what these have, until the latest of the times.

    What has no heir or has run out is given back. Call it in a transaction, the carts of all of them locked.
    """
    require_transaction()
    now = now or clock.now()
    holders = {*heirs, *(heir for heir in heirs.values() if heir)}
    items, theirs = _lock_reservations(holders)
    found = [one for one in theirs if one.expires_at]
    ends: dict[UUID, datetime] = {}
    passed: dict[tuple[UUID, UUID], Reservation] = {}
    for one in found:
        holder, until = heirs.get(one.holder, one.holder), one.expires_at
        if holder is None or until is None or until <= now:
            continue
        ends[holder] = max(until, ends.get(holder, until))
        before = passed.get((holder, one.stock_item_id))
        passed[holder, one.stock_item_id] = Reservation(
            stock_item_id=one.stock_item_id,
            holder=holder,
            quantity=one.quantity + (before.quantity if before else 0),
            backordered=one.backordered + (before.backordered if before else 0),
            created_at=one.created_at,
        )
    for one in passed.values():
        one.expires_at = ends[one.holder]
    _exchange(items, found, list(passed.values()))


def release_run_out(*, now: datetime | None = None) -> int:
    """Give back every hold whose time is over; returns how many. Safe to run at any time, also twice.

    Call it outside of a transaction: it commits as it goes, so that nobody waits for all of it.
    """
    now = now or clock.now()
    due = Reservation.objects.filter(expires_at__lte=now).order_by("expires_at")
    released = 0
    while variants := set(due.values_list("stock_item__variant_id", flat=True)[:_SWEPT_AT_ONCE]):
        released += _sweep(variants, now)
    return released


@transaction.atomic
def _sweep(variants: set[UUID], now: datetime) -> int:
    items = lock_stock(variants)
    # Read under the lock: meanwhile a shopper may have gone on, or bought.
    run_out = run_out_of(items, now)
    _exchange(items, run_out, [])
    return len(run_out)


def ship(*, quantities: Mapping[UUID, int], reference: UUID, actor: User | None) -> None:
    """Take reserved units out of the house: `on_hand` and `reserved` fall together. Call it in a transaction.

    `quantities` gives units a holder, `reference` is the shipment's id. Raises InvalidInput if a holder has
    fewer units reserved than are to be shipped; what is backordered is not there yet.
    """
    require_transaction()
    by_holder: dict[UUID, list[Reservation]] = defaultdict(list)
    for reservation in _lock_reservations(quantities)[1]:
        by_holder[reservation.holder].append(reservation)
    taken: dict[UUID, int] = defaultdict(int)
    touched: list[Reservation] = []
    for holder, quantity in quantities.items():
        if quantity > sum(reservation.reserved for reservation in by_holder[holder]):
            raise _not_shippable(holder, by_holder[holder])
        for reservation, units in _consume(by_holder[holder], quantity):
            reservation.quantity -= units
            taken[reservation.stock_item_id] += units
            touched.append(reservation)
    apply_changes(
        {item: Change(-units, -units) for item, units in taken.items()},
        dropped=[one.pk for one in touched if not one.quantity],
        kept=[one for one in touched if one.quantity],
    )
    _record(taken, kind=StockMove.Kind.SHIPMENT, sign=-1, reference=reference, actor=actor)


@transaction.atomic
def adjust_stock(*, stock_item_id: UUID, quantity: int, reason: str, actor: User | None) -> StockItem:
    """Add (or with a negative quantity take away) units on hand, with a reason that stays in the ledger.

    Raises InvalidInput without a change or a reason of at most 250 characters, StockBelowReserved if promised units
    would be missing. What is added goes to who waits for it first.
    """
    if not reason.strip():
        raise InvalidInput(_("Please give a reason."), code="reason_required", field="reason")
    if len(reason.strip()) > _REASON_LENGTH:
        message = _("Please give a reason of at most %(count)d characters.") % {"count": _REASON_LENGTH}
        raise InvalidInput(message, code="too_long", field="reason", details={"max_length": _REASON_LENGTH})
    if quantity == 0 or abs(quantity) > MOST_UNITS:
        raise InvalidInput(
            _("Please give the units to add or to take away."), code="quantity_out_of_range", field="quantity"
        )
    items = lock_stock_around(stock_item_id)
    item = items[0]
    run_out = run_out_of([item], clock.now()) if item.on_hand + quantity < item.reserved else []
    back = sum(one.reserved for one in run_out)
    if item.on_hand + quantity < item.reserved - back:
        raise StockBelowReserved(field="quantity", details={"on_hand": item.on_hand, "reserved": item.reserved - back})
    _exchange(items, run_out, [], added={item.pk: quantity})
    kind = StockMove.Kind.ADJUSTMENT
    StockMove.objects.create(
        stock_item=item, kind=kind, quantity=quantity, reason=reason.strip(), actor=actor, door=current_door()
    )
    item.refresh_from_db()
    return item


@transaction.atomic
def receive_stock(*, variant_id: UUID, location: Location, quantity: int, actor: User | None = None) -> StockItem:
    """Take new units into a location, making the stock item on the first receipt.

    Who waits for the variant has them first, wherever they ordered them from. Raises InvalidInput for an impossible
    number, NotFound for a variant that is gone.
    """
    if not 0 < quantity <= MOST_UNITS:
        raise InvalidInput(_("Please give the units to add."), code="quantity_out_of_range", field="quantity")
    items = lock_stock_around(_stock_item(variant_id, location).pk)
    item = items[0]
    _exchange(items, [], [], added={item.pk: quantity})
    _record({item.pk: quantity}, kind=StockMove.Kind.RECEIPT, sign=1, reference=None, actor=actor)
    item.refresh_from_db()
    return item


def _stock_item(variant_id: UUID, location: Location) -> StockItem:
    """Where a variant is counted at a location, made if it was not yet: one after another for a variant."""
    item = StockItem.objects.filter(variant=variant_id, location=location).first()
    if item is None:
        # What is not there cannot be locked with the others; its variant stands for it until it is.
        if not lock_rows(Variant.objects.filter(pk=variant_id), no_key=True):
            raise NotFound
        item, _made = StockItem.objects.get_or_create(variant_id=variant_id, location=location)
    return item


@transaction.atomic
def set_backorder_limit(*, stock_item_id: UUID, limit: int, seen: int | None = None) -> StockItem:
    """Set how many units may be sold of a stock item beyond what is there; 0 for none.

    Raises InvalidInput for an impossible number, BackorderLimitTooLow if more wait already, BackorderLimitChanged if
    the limit is no more the one that was `seen`.
    """
    if not 0 <= limit <= MOST_UNITS:
        reason = _("Please give a number of units, 0 for no backorders.")
        raise InvalidInput(reason, code="limit_out_of_range", field="limit")
    item = lock_stock_item(stock_item_id)
    if seen is not None and seen != item.backorder_limit:
        raise BackorderLimitChanged(field="limit", details={"limit": item.backorder_limit})
    if limit < item.backordered:
        message = ngettext(
            "%(count)d unit is backordered already; the limit cannot be lower.",
            "%(count)d units are backordered already; the limit cannot be lower.",
            item.backordered,
        ) % {"count": item.backordered}
        raise BackorderLimitTooLow(message, field="limit", details={"backordered": item.backordered})
    item.backorder_limit = limit
    item.save(update_fields=["backorder_limit", "updated_at"])
    return item


@transaction.atomic
def limit_backorders(*, variant_id: UUID, location: Location, limit: int) -> StockItem:
    """As set_backorder_limit, for a variant at a location: where it was never received its stock item is made, empty.

    Raises NotFound for a variant that is gone, too.
    """
    return set_backorder_limit(stock_item_id=_stock_item(variant_id, location).pk, limit=limit)


@transaction.atomic
def fill_backorders(*, variants: Iterable[UUID]) -> None:
    """Give what is there of variants to who waits for it, after units came by another way than this module."""
    _exchange(lock_stock(variants), [], [])


@transaction.atomic
def create_stocked_product(*, units: int, actor: User | None, **fields: Unpack[NewProductValues]) -> Product:
    """Add a product as create_product does, and take its first units into the first location; both or neither.

    A shop without a location gets one.
    """
    product = create_product(**fields)
    if units:
        location = Location.objects.filter(is_active=True).order_by("priority", "code").first()
        location = location or Location.objects.get_or_create(code="main", defaults={"name": "Main warehouse"})[0]
        receive_stock(variant_id=product.variants.get().pk, location=location, quantity=units, actor=actor)
    return product


def _lock_reservations(holders: Iterable[UUID]) -> tuple[list[StockItem], list[Reservation]]:
    """The holders' stock rows, locked, and their reservations, read after that: before it they may still change.

    Nobody but who locked the holder's cart or order adds to them, so that without any there is nothing to wait for.
    """
    ids = list(holders)
    items = lock_stock_held(ids)
    return items, held_by(items, ids) if items else []


def _not_shippable(holder: UUID, reservations: Iterable[Reservation]) -> InvalidInput:
    waiting = [one for one in reservations if one.backordered]
    if not waiting:
        message = _("Fewer units of this line are reserved than are to be shipped.")
        return InvalidInput(message, code="not_reserved", field="lines", details={"line": str(holder)})
    units, sku = sum(one.backordered for one in waiting), waiting[0].stock_item.variant.sku
    told = ngettext(
        "%(sku)s: %(count)d unit is backordered and cannot be shipped before it arrives.",
        "%(sku)s: %(count)d units are backordered and cannot be shipped before they arrive.",
        units,
    ) % {"sku": sku, "count": units}
    details = {"line": str(holder), "sku": sku, "backordered": units}
    return InvalidInput(told, code="backordered", field="lines", details=details)


def _serve(
    demands: Sequence[Demand], items: Sequence[StockItem], own: Sequence[Reservation], country: str, now: datetime
) -> tuple[list[Allocation], list[Reservation]]:
    """Who serves what, and what of others' holds is given back for it: those that ran out, if too little is there."""
    refused: OutOfStock | None = None
    allocations: list[Allocation] = []
    try:
        allocations = _allocate(demands, items, own, [], country)
    except OutOfStock as error:
        refused = error
    if not (refused or any(one.backordered for one in allocations)):
        return allocations, []
    holders = {one.holder for one in own}
    run_out = [one for one in run_out_of(items, now) if one.holder not in holders]
    if run_out:
        return _allocate(demands, items, own, run_out, country), run_out
    if refused:
        raise refused
    return allocations, []


def _allocate(
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


def _exchange(
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
    filled = _fill_backorders(items, changes, gone)
    apply_changes(
        changes,
        dropped=[*rows.values(), *[one.pk for one in filled if not one.quantity]],
        kept=[*promised, *[one for one in filled if one.quantity]],
    )


def _fill_backorders(
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


def _consume(reservations: list[Reservation], quantity: int) -> Iterable[tuple[Reservation, int]]:
    for reservation in reservations:
        units = min(quantity, reservation.reserved)
        if units:
            quantity -= units
            yield reservation, units


def _record(
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
