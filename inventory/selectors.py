"""Reads of stock. What is available is on hand and not reserved, or may still be backordered.

A hold that has run out is not reserved any more, and no part of the backorders.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from core import clock
from core.db.locking import prepared_rows
from core.fast.arrays import array, padded
from inventory.models import Reservation


@dataclass(frozen=True, slots=True)
class VariantStock:
    """What is there of a variant for somebody: the longest line that can be sold to them, their own holds included.

    `on_shelf` is the longest line of what is there, the rest ships later; neither is ever below 0. `held` is how much
    they hold and `held_until` when the first of their holds runs out, None without any.
    """

    available: int
    on_shelf: int
    held: int
    held_until: datetime | None

    def backordered_of(self, quantity: int) -> int:
        """How many of so many units ship later, as far as they can be sold."""
        return max(min(quantity, self.available) - self.on_shelf, 0)


# The longest line of a variant: what all locations have that serve parts, or more if a single one has more. What is
# there goes to who waits first, but nobody's own units do.
_STOCK = """
SELECT item.variant_id,
       greatest(sum(part.units + item.backorder_limit) FILTER (WHERE location.is_active AND location.serves_parts),
                max(part.units + item.backorder_limit) FILTER (WHERE location.is_active))::bigint,
       greatest(sum(part.own) FILTER (WHERE location.is_active AND location.serves_parts)
                    + greatest(sum(part.units - part.own) FILTER (WHERE location.is_active AND location.serves_parts),
                               0),
                max(part.own + greatest(part.units - part.own, 0)) FILTER (WHERE location.is_active))::bigint,
       coalesce(sum(holds.own) FILTER (WHERE location.is_active), 0)::bigint,
       min(holds.until)
  FROM inventory_stockitem AS item
  JOIN inventory_location AS location ON location.id = item.location_id
  LEFT JOIN LATERAL (
       SELECT sum(one.quantity) AS back,
              sum(one.quantity) FILTER (WHERE one.holder = ANY({holders})) AS own,
              sum(one.quantity - one.backordered) FILTER (WHERE one.holder = ANY({holders})) AS own_reserved,
              min(one.expires_at) FILTER (WHERE one.holder = ANY({holders})) AS until
         FROM inventory_reservation AS one
        WHERE one.stock_item_id = item.id AND one.expires_at IS NOT NULL
          AND (one.expires_at <= %(now)s OR one.holder = ANY({holders}))) AS holds ON true
 CROSS JOIN LATERAL (
       SELECT item.on_hand - item.reserved - item.backordered + coalesce(holds.back, 0) AS units,
              coalesce(holds.own_reserved, 0) AS own) AS part
 WHERE item.variant_id = ANY({variants})
 GROUP BY item.variant_id
"""


def stock_of(variant_ids: Iterable[UUID], *, holders: Iterable[UUID] = ()) -> dict[UUID, VariantStock]:
    """What is there of variants for who has the holders' holds; variants without stock are missing. One query."""
    variants, of_variants = array("variant", padded(list(variant_ids)))
    holding, of_holders = array("holder", padded(list(holders)))
    statement = _STOCK.format(variants=variants, holders=holding)
    rows = prepared_rows(statement, {**of_variants, **of_holders, "now": clock.now()})
    return {
        variant: VariantStock(units or 0, max(there or 0, 0), held, until)
        for variant, units, there, held, until in rows
    }


def available_by_variant(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The longest line of each variant that can be sold now; variants without stock are missing. One query."""
    return {variant: stock.available for variant, stock in stock_of(variant_ids).items()}


def on_shelf_by_variant(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """As available_by_variant(), of what is there and nobody waits for. One query."""
    return {variant: stock.on_shelf for variant, stock in stock_of(variant_ids).items()}


def backordered_by(holder: OuterRef) -> Combinable:
    """The units of a row's holder that wait for stock, 0 for none: a column for the query that has the holder."""
    waiting = Reservation.objects.filter(holder=holder, backordered__gt=0).order_by().values("holder")
    return Coalesce(Subquery(waiting.annotate(units=Sum("backordered")).values("units")), 0)


def backordered_units(holders: Iterable[UUID]) -> dict[UUID, int]:
    """Units of each holder that wait for stock, holders with none left out. One query."""
    waiting = Reservation.objects.filter(holder__in=list(holders), backordered__gt=0).values_list("holder")
    return dict(waiting.annotate(units=Sum("backordered")).order_by())
