"""The one module that changes stock. Every function locks first, by id, and decides on what it read under the lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import Product, Variant
from catalog.services import NewProductFields, create_product
from core import clock
from core.context import current_door
from core.db import require_transaction
from core.errors import InvalidInput
from core.outbox.services import emit
from inventory.allocation import Allocation, Demand, Supply, allocate
from inventory.errors import OutOfStock, StockBelowReserved
from inventory.events import event_of
from inventory.locking import lock_stock, lock_stock_item
from inventory.models import Location, Reservation, StockItem, StockMove

_REASON_LENGTH = StockMove._meta.get_field("reason").max_length or 0
_SWEPT_AT_ONCE = 500
Change = tuple[int, int]  # of on_hand, of reserved

# Tells of each variant of which more or less can be sold now what that was and what it is. The rest of the statement
# reads what was there before the update; the locks keep that from being anybody else's business (inventory.locking).
_APPLY = """
WITH dropped AS (
    DELETE FROM inventory_reservation WHERE id = ANY(%(dropped)s)
), kept AS (
    INSERT INTO inventory_reservation (id, created_at, updated_at, stock_item_id, holder, quantity, expires_at)
    SELECT one.*
      FROM unnest(%(id)s::uuid[], %(created_at)s::timestamptz[], %(updated_at)s::timestamptz[],
                  %(stock_item_id)s::uuid[], %(holder)s::uuid[], %(quantity)s::bigint[],
                  %(expires_at)s::timestamptz[]) AS one
    ON CONFLICT (id) DO UPDATE
       SET quantity = excluded.quantity, expires_at = excluded.expires_at, updated_at = excluded.updated_at
), changed AS (
    UPDATE inventory_stockitem AS item
       SET on_hand = item.on_hand + change.on_hand, reserved = item.reserved + change.reserved, updated_at = now()
      FROM unnest(%(items)s::uuid[], %(on_hand)s::bigint[], %(reserved)s::bigint[]) AS change (id, on_hand, reserved)
     WHERE item.id = change.id
    RETURNING item.variant_id, item.location_id, change.on_hand - change.reserved AS gained
), gained AS (
    SELECT variant_id, sum(gained)::bigint AS units
      FROM changed JOIN inventory_location AS location ON location.id = location_id AND location.is_active
     GROUP BY variant_id HAVING sum(gained) <> 0
)
SELECT gained.variant_id, found.units, found.units + gained.units
  FROM gained CROSS JOIN LATERAL (
       SELECT sum(item.on_hand - item.reserved)::bigint AS units
         FROM inventory_stockitem AS item JOIN inventory_location AS location ON location.id = item.location_id
        WHERE item.variant_id = gained.variant_id AND location.is_active) AS found
 ORDER BY gained.variant_id
"""


def reserve(
    *,
    demands: Sequence[Demand],
    instead_of: Collection[UUID] = (),
    until: datetime | None = None,
    country: str = "",
    now: datetime | None = None,
) -> None:
    """Promise stock to holders, in place of what the holders `instead_of` have of the same variants.

    All of it or nothing: raises OutOfStock naming every variant that is short. With `until` it is a hold that runs
    out then; `country` is where it goes. Others' holds that have run out are given back if their units are needed.
    Call it in a transaction, after Cart, Order and Payment.
    """
    require_transaction()
    now = now or clock.now()
    items = lock_stock({demand.variant_id for demand in demands})
    back = _reservations_of(items, holder__in=instead_of) if instead_of else []
    try:
        allocations = _allocate(demands, items, back, country)
    except OutOfStock:
        run_out = [one for one in _reservations_of(items, expires_at__lte=now) if one.holder not in instead_of]
        if not run_out:
            raise
        back += run_out
        allocations = _allocate(demands, items, back, country)
    _exchange(
        back,
        [
            Reservation(
                stock_item_id=one.stock_item_id,
                holder=one.holder,
                quantity=one.quantity,
                expires_at=until,
                created_at=now,
            )
            for one in allocations
        ],
    )


def release(*, holders: Iterable[UUID]) -> None:
    """Give back whatever the holders have reserved; doing it again changes nothing. Call it in a transaction."""
    require_transaction()
    _exchange(_lock_reservations(holders), [])


def resize_hold(*, holder: UUID, variant_id: UUID, quantity: int, country: str, now: datetime | None = None) -> None:
    """Bring a hold to another quantity, until the same time; where nothing is held nothing changes.

    If there is too little the hold stays as it is. Call it in a transaction, the holder's cart locked.
    """
    require_transaction()
    now = now or clock.now()
    live = Reservation.objects.filter(holder=holder, expires_at__gt=now)
    until = live.values_list("expires_at", flat=True).first()
    if until is None:
        return
    demands = [Demand(holder, variant_id, quantity)]
    with suppress(OutOfStock):
        reserve(demands=demands, instead_of=[holder], until=until, country=country, now=now)


def pass_on_holds(*, heirs: Mapping[UUID, UUID | None]) -> None:
    """Make what some holders hold that of others, on top of what these have; what has no heir is given back.

    Each keeps the later of the times. Call it in a transaction, the carts of all of them locked.
    """
    require_transaction()
    holders = {*heirs, *(heir for heir in heirs.values() if heir)}
    found = [(one, one.expires_at) for one in _lock_reservations(holders) if one.expires_at]
    passed: dict[tuple[UUID, UUID], Reservation] = {}
    for one, until in found:
        holder = heirs.get(one.holder, one.holder)
        if holder is None:
            continue
        before = passed.get((holder, one.stock_item_id))
        passed[holder, one.stock_item_id] = Reservation(
            stock_item_id=one.stock_item_id,
            holder=holder,
            quantity=one.quantity + (before.quantity if before else 0),
            expires_at=max(until, before.expires_at or until) if before else until,
            created_at=one.created_at,
        )
    _exchange([one for one, _until in found], list(passed.values()))


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
    run_out = _reservations_of(items, expires_at__lte=now)
    _exchange(run_out, [])
    return len(run_out)


def ship(*, quantities: Mapping[UUID, int], reference: UUID, actor: User | None) -> None:
    """Take reserved units out of the house: `on_hand` and `reserved` fall together. Call it in a transaction.

    `quantities` gives units a holder, `reference` is the shipment's id. Raises InvalidInput if a holder has
    fewer units reserved than are to be shipped.
    """
    require_transaction()
    by_holder: dict[UUID, list[Reservation]] = defaultdict(list)
    for reservation in _lock_reservations(quantities):
        by_holder[reservation.holder].append(reservation)
    taken: dict[UUID, int] = defaultdict(int)
    touched: list[Reservation] = []
    for holder, quantity in quantities.items():
        if quantity > sum(reservation.quantity for reservation in by_holder[holder]):
            message = _("Fewer units of this line are reserved than are to be shipped.")
            raise InvalidInput(message, code="not_reserved", field="quantity", details={"line": str(holder)})
        for reservation, units in _consume(by_holder[holder], quantity):
            reservation.quantity -= units
            taken[reservation.stock_item_id] += units
            touched.append(reservation)
    _apply(
        {item: (-units, -units) for item, units in taken.items()},
        dropped=[one.pk for one in touched if not one.quantity],
        kept=[one for one in touched if one.quantity],
    )
    _record(taken, kind=StockMove.Kind.SHIPMENT, sign=-1, reference=reference, actor=actor)


@transaction.atomic
def adjust_stock(*, stock_item_id: UUID, quantity: int, reason: str, actor: User | None) -> StockItem:
    """Add (or with a negative quantity take away) units on hand, with a reason that stays in the ledger.

    Raises InvalidInput without a change or a reason of at most 250 characters, StockBelowReserved if promised units
    would be missing.
    """
    if not reason.strip():
        raise InvalidInput(_("Please give a reason."), code="reason_required", field="reason")
    if len(reason.strip()) > _REASON_LENGTH:
        raise InvalidInput(code="too_long", field="reason", details={"max_length": _REASON_LENGTH})
    if quantity == 0 or abs(quantity) > 10**9:
        raise InvalidInput(
            _("Please give the units to add or to take away."), code="quantity_out_of_range", field="quantity"
        )
    item = lock_stock_item(stock_item_id)
    run_out = _reservations_of([item], expires_at__lte=clock.now()) if item.on_hand + quantity < item.reserved else []
    back = sum(one.quantity for one in run_out)
    if item.on_hand + quantity < item.reserved - back:
        raise StockBelowReserved(field="quantity", details={"on_hand": item.on_hand, "reserved": item.reserved - back})
    _apply({item.pk: (quantity, -back)}, dropped=[one.pk for one in run_out])
    kind = StockMove.Kind.ADJUSTMENT
    StockMove.objects.create(
        stock_item=item, kind=kind, quantity=quantity, reason=reason.strip(), actor=actor, door=current_door()
    )
    item.refresh_from_db()
    return item


@transaction.atomic
def receive_stock(*, variant_id: UUID, location: Location, quantity: int, actor: User | None = None) -> StockItem:
    """Take new units into a location, making the stock item on the first receipt. `quantity` is positive."""
    if quantity <= 0:
        raise InvalidInput(code="quantity_out_of_range", field="quantity")
    item, _made = StockItem.objects.get_or_create(variant_id=variant_id, location=location)
    item = lock_stock_item(item.pk)
    _apply({item.pk: (quantity, 0)})
    _record({item.pk: quantity}, kind=StockMove.Kind.RECEIPT, sign=1, reference=None, actor=actor)
    item.refresh_from_db()
    return item


@transaction.atomic
def create_stocked_product(*, units: int, actor: User | None, **fields: Unpack[NewProductFields]) -> Product:
    """Add a product as create_product does, and take its first units into the first location; both or neither.

    A shop without a location gets one.
    """
    product = create_product(**fields)
    if units:
        location = Location.objects.filter(is_active=True).order_by("priority", "code").first()
        location = location or Location.objects.get_or_create(code="main", defaults={"name": "Main warehouse"})[0]
        receive_stock(variant_id=product.variants.get().pk, location=location, quantity=units, actor=actor)
    return product


def _lock_reservations(holders: Iterable[UUID]) -> list[Reservation]:
    """The holders' reservations, read after their stock rows are locked: before that they may still change.

    Nobody but who locked the holder's cart or order adds to them, so that without any there is nothing to wait for.
    """
    ids = list(holders)
    items = lock_stock(Reservation.objects.filter(holder__in=ids).values_list("stock_item__variant_id", flat=True))
    return _reservations_of(items, holder__in=ids) if items else []


def _reservations_of(items: Iterable[StockItem], **which: Any) -> list[Reservation]:
    return list(Reservation.objects.filter(stock_item__in=[item.pk for item in items], **which).order_by("id"))


def _allocate(
    demands: Sequence[Demand], items: Iterable[StockItem], back: Iterable[Reservation], country: str
) -> list[Allocation]:
    """Where the demands are served from when some reservations are given back."""
    units: dict[UUID, int] = defaultdict(int)
    for one in back:
        units[one.stock_item_id] += one.quantity
    supplies = [
        Supply(
            item.pk,
            item.variant_id,
            item.available + units[item.pk],
            item.location.priority,
            item.location.countries,
            item.location.serves_parts,
        )
        for item in items
        if item.location.is_active
    ]
    return allocate(demands, supplies, country=country)


def _exchange(back: Iterable[Reservation], promised: Sequence[Reservation]) -> None:
    """Write some reservations in place of others, and on the stock what that amounts to."""
    units: dict[UUID, int] = defaultdict(int)
    rows: dict[tuple[UUID, UUID], UUID] = {}
    for one in back:
        units[one.stock_item_id] -= one.quantity
        rows[one.holder, one.stock_item_id] = one.pk
    for one in promised:
        units[one.stock_item_id] += one.quantity
        # The row is written over; one that is not given back is in the way of a second, as it should be.
        one.pk = rows.pop((one.holder, one.stock_item_id), one.pk)
    changes = {item: (0, change) for item, change in units.items() if change}
    _apply(changes, dropped=list(rows.values()), kept=promised)


def _consume(reservations: list[Reservation], quantity: int) -> Iterable[tuple[Reservation, int]]:
    for reservation in reservations:
        units = min(quantity, reservation.quantity)
        if not units:
            return
        quantity -= units
        yield reservation, units


def _apply(changes: Mapping[UUID, Change], *, dropped: Sequence[UUID] = (), kept: Sequence[Reservation] = ()) -> None:
    """Write changes of locked stock items by id, and the reservations that go and stay with them. One statement."""
    if not (changes or dropped or kept):
        return
    columns = ("id", "created_at", "updated_at", "stock_item_id", "holder", "quantity", "expires_at")
    rows = {column: [getattr(one, column) for one in kept] for column in columns}
    values: dict[str, list[Any]] = rows | {
        "updated_at": [clock.now()] * len(kept),
        "dropped": list(dropped),
        "items": list(changes),
        "on_hand": [on_hand for on_hand, _reserved in changes.values()],
        "reserved": [reserved for _on_hand, reserved in changes.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPLY, values)
        crossings = cursor.fetchall()
    for variant_id, before, after in crossings:
        if event := event_of(before=before, after=after, low=settings.LOW_STOCK_UNITS):
            emit(event_type=event, aggregate=Variant(pk=variant_id))


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
