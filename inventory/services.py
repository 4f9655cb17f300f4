"""The one module that changes stock. Every function locks first, by id, and decides on what it read under the lock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Unpack
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.models import Product, Variant
from catalog.services import NewProductFields, create_product
from core.context import current_door
from core.db import lock_rows, require_transaction
from core.errors import InvalidInput
from core.outbox.services import emit
from inventory.allocation import Demand, Supply, allocate
from inventory.errors import StockBelowReserved
from inventory.events import event_of
from inventory.locking import lock_stock, lock_stock_item
from inventory.models import Location, Reservation, StockItem, StockMove

_REASON_LENGTH = StockMove._meta.get_field("reason").max_length or 0
Change = tuple[int, int]  # of on_hand, of reserved

# Tells of each variant of which more or less can be sold now what that was and what it is. The rest of the statement
# reads what was there before the update; the locks keep that from being anybody else's business (inventory.locking).
_APPLY = """
WITH changed AS (
    UPDATE inventory_stockitem AS item
       SET on_hand = item.on_hand + change.on_hand, reserved = item.reserved + change.reserved, updated_at = now()
      FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS change (id, on_hand, reserved)
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


def reserve(*, demands: Sequence[Demand]) -> None:
    """Promise stock to holders: all of them or none. Call it in a transaction, after Cart, Order and Payment.

    Raises OutOfStock naming every variant that is short.
    """
    require_transaction()
    items = lock_rows(
        StockItem.objects.filter(
            variant_id__in={demand.variant_id for demand in demands}, location__is_active=True
        ).select_related("location")
    )
    supplies = [Supply(item.id, item.variant_id, item.available, item.location.priority) for item in items]
    allocations = allocate(demands, supplies)
    changes: dict[UUID, Change] = defaultdict(lambda: (0, 0))
    for allocation in allocations:
        changes[allocation.stock_item_id] = (0, changes[allocation.stock_item_id][1] + allocation.quantity)
    _apply(changes)
    Reservation.objects.bulk_create(
        Reservation(stock_item_id=one.stock_item_id, holder=one.holder, quantity=one.quantity) for one in allocations
    )


def release(*, holders: Iterable[UUID]) -> None:
    """Give back whatever the holders have reserved; doing it again changes nothing. Call it in a transaction."""
    require_transaction()
    reservations = _lock_reservations(holders)
    changes: dict[UUID, Change] = defaultdict(lambda: (0, 0))
    for reservation in reservations:
        changes[reservation.stock_item_id] = (0, changes[reservation.stock_item_id][1] - reservation.quantity)
    _apply(changes)
    Reservation.objects.filter(pk__in=[reservation.pk for reservation in reservations]).delete()


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
    _write_back(touched)
    _apply({item: (-units, -units) for item, units in taken.items()})
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
    if item.on_hand + quantity < item.reserved:
        raise StockBelowReserved(field="quantity", details={"on_hand": item.on_hand, "reserved": item.reserved})
    _apply({item.pk: (quantity, 0)})
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
    """The holders' reservations, read after their stock rows are locked: before that they may still change."""
    ids = list(holders)
    lock_stock(Reservation.objects.filter(holder__in=ids).values("stock_item__variant_id"))
    return list(Reservation.objects.filter(holder__in=ids).order_by("id"))


def _consume(reservations: list[Reservation], quantity: int) -> Iterable[tuple[Reservation, int]]:
    for reservation in reservations:
        units = min(quantity, reservation.quantity)
        if not units:
            return
        quantity -= units
        yield reservation, units


def _write_back(reservations: list[Reservation]) -> None:
    """What is used up goes, what is left stays, each in one statement however many lines a parcel has."""
    Reservation.objects.filter(pk__in=[one.pk for one in reservations if not one.quantity]).delete()
    left = [one for one in reservations if one.quantity]
    for reservation in left:
        reservation.updated_at = timezone.now()
    Reservation.objects.bulk_update(left, ["quantity", "updated_at"])


def _apply(changes: Mapping[UUID, Change]) -> None:
    if not changes:
        return
    on_hand, reserved = zip(*changes.values(), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_APPLY, [list(changes), list(on_hand), list(reserved)])
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
