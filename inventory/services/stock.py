"""Units that come in, are counted or leave with a shipment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Unpack
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from catalog.models import Product
from catalog.services import NewProductValues, create_product
from core import clock
from core.context import current_door
from core.db.locking import require_transaction
from core.errors import InvalidInput
from inventory.changes import Change, apply_changes
from inventory.errors import StockBelowReserved
from inventory.locking import lock_stock_around, run_out_of
from inventory.models import Location, Reservation, StockItem, StockMove
from inventory.services.exchange import REASON_LENGTH, consume, exchange, lock_reservations, record_move, stock_item_at

# More than any shelf holds; a slip of the finger is refused before it reaches the ledger.
MOST_UNITS = 10**9


def ship(*, quantities: Mapping[UUID, int], reference: UUID, actor: User | None) -> None:
    """Take reserved units out of the house: `on_hand` and `reserved` fall together. Call it in a transaction.

    `quantities` gives units a holder, `reference` is the shipment's id. Raises InvalidInput if a holder has
    fewer units reserved than are to be shipped; what is backordered is not there yet.
    """
    require_transaction()
    by_holder: dict[UUID, list[Reservation]] = defaultdict(list)
    for reservation in lock_reservations(quantities)[1]:
        by_holder[reservation.holder].append(reservation)
    taken: dict[UUID, int] = defaultdict(int)
    touched: list[Reservation] = []
    for holder, quantity in quantities.items():
        if quantity > sum(reservation.reserved for reservation in by_holder[holder]):
            raise _not_shippable(holder, by_holder[holder])
        for reservation, units in consume(by_holder[holder], quantity):
            reservation.quantity -= units
            taken[reservation.stock_item_id] += units
            touched.append(reservation)
    apply_changes(
        {item: Change(-units, -units) for item, units in taken.items()},
        dropped=[one.pk for one in touched if not one.quantity],
        kept=[one for one in touched if one.quantity],
    )
    record_move(taken, kind=StockMove.Kind.SHIPMENT, sign=-1, reference=reference, actor=actor)


@transaction.atomic
def adjust_stock(*, stock_item_id: UUID, quantity: int, reason: str, actor: User | None) -> StockItem:
    """Add (or with a negative quantity take away) units on hand, with a reason that stays in the ledger.

    Raises InvalidInput without a change or a reason of at most 250 characters, StockBelowReserved if promised units
    would be missing. What is added goes to who waits for it first.
    """
    if not reason.strip():
        raise InvalidInput(_("Please give a reason."), code="reason_required", field="reason")
    if len(reason.strip()) > REASON_LENGTH:
        message = _("Please give a reason of at most %(count)d characters.") % {"count": REASON_LENGTH}
        raise InvalidInput(message, code="too_long", field="reason", details={"max_length": REASON_LENGTH})
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
    exchange(items, run_out, [], added={item.pk: quantity})
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
    items = lock_stock_around(stock_item_at(variant_id, location).pk)
    item = items[0]
    exchange(items, [], [], added={item.pk: quantity})
    record_move({item.pk: quantity}, kind=StockMove.Kind.RECEIPT, sign=1, reference=None, actor=actor)
    item.refresh_from_db()
    return item


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
