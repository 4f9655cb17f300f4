"""What changes on the shelves and among the reservations, written by one statement.

Only inventory.services calls it, which has locked the rows.
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.models import Variant
from core import clock
from core.db.locking import prepared_rows
from core.fast.arrays import array
from core.outbox.services import emit
from inventory.events import event_of
from inventory.models import Reservation
from inventory.shop_settings import LOW_STOCK_UNITS


@dataclass(slots=True)
class Change:
    """By how much the columns of a stock item change."""

    on_hand: int = 0
    reserved: int = 0
    backordered: int = 0


# The columns of a reservation, and the types of their arrays.
_KEPT = {
    "id": "uuid",
    "created_at": "timestamptz",
    "stock_item_id": "uuid",
    "holder": "uuid",
    "quantity": "bigint",
    "backordered": "bigint",
    "expires_at": "timestamptz",
    "guest": "text",
}
# Tells of each variant of which more or less is on the shelf now what that was and what it is. The rest of it reads
# what was there before the update; the locks keep that from being anybody else's business (inventory.locking).
_APPLY = """
WITH dropped AS (
    DELETE FROM inventory_reservation WHERE id = ANY({dropped})
), kept AS (
    INSERT INTO inventory_reservation (id, created_at, updated_at, stock_item_id, holder, quantity, backordered,
                                       expires_at, guest)
    SELECT one.*
      FROM unnest({id}, {created_at}, {updated_at},
                  {stock_item_id}, {holder}, {quantity},
                  {backordered}, {expires_at}, {guest}) AS one
    ON CONFLICT (id) DO UPDATE
       SET quantity = excluded.quantity, backordered = excluded.backordered, expires_at = excluded.expires_at,
           guest = excluded.guest, updated_at = excluded.updated_at
), changed AS (
    UPDATE inventory_stockitem AS item
       SET on_hand = item.on_hand + change.on_hand, reserved = item.reserved + change.reserved,
           backordered = item.backordered + change.backordered, updated_at = now()
      FROM unnest({items}, {in_on_hand}, {in_reserved}, {in_backordered})
           AS change (id, on_hand, reserved, backordered)
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


def summed(reservations: Iterable[Reservation]) -> dict[UUID, Change]:
    """What reservations make up of their stock items."""
    sums: dict[UUID, Change] = defaultdict(Change)
    for one in reservations:
        sums[one.stock_item_id].reserved += one.reserved
        sums[one.stock_item_id].backordered += one.backordered
    return sums


def apply_changes(
    changes: Mapping[UUID, Change], *, dropped: Sequence[UUID] = (), kept: Sequence[Reservation] = ()
) -> None:
    """Write changes of locked stock items by id, and the reservations that go and stay with them. One statement."""
    changed = {item: change for item, change in changes.items() if change != Change()}
    if not (changed or dropped or kept):
        return
    now = clock.now()
    arrays = {name: array(name, [getattr(one, name) for one in kept], of) for name, of in _KEPT.items()}
    arrays |= {
        "updated_at": array("updated_at", [now] * len(kept), "timestamptz"),
        "dropped": array("dropped", dropped),
        "items": array("items", list(changed)),
        "in_on_hand": array("in_on_hand", [change.on_hand for change in changed.values()], "bigint"),
        "in_reserved": array("in_reserved", [change.reserved for change in changed.values()], "bigint"),
        "in_backordered": array("in_backordered", [change.backordered for change in changed.values()], "bigint"),
    }
    statement = _APPLY.format_map({name: text for name, (text, _values) in arrays.items()})
    crossings = prepared_rows(statement, dict(ChainMap(*[values for _text, values in arrays.values()])))
    for variant_id, before, after in crossings:
        if event := event_of(before=before, after=after, low=LOW_STOCK_UNITS.value):
            emit(event_type=event, aggregate=Variant(pk=variant_id))
