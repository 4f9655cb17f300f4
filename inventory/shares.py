"""How much of the stock one guest may reserve before ordering, so that nobody empties the shelves by looking.

A guest is whoever comes from one address, in however many carts. The share is a part of what could be sold to them,
with a few units allowed in any case; an order itself takes all that is there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from inventory.allocation import Demand
from inventory.locking import run_out_of
from inventory.models import Reservation, StockItem
from inventory.shop_settings import GUEST_RESERVATION_PERCENT, GUEST_RESERVATION_UNITS


def within_share(
    demands: Sequence[Demand], items: Sequence[StockItem], own: Iterable[Reservation], *, guest: str, now: datetime
) -> list[Demand]:
    """The demands of a guest's cart cut to what they may reserve, those left out of which that is nothing.

    `items` are all stock items of the variants, locked, and `own` what the cart has reserved of them. Two queries.
    """
    variants = {item.pk: item.variant_id for item in items}
    elsewhere = _reserved_elsewhere(items, {demand.holder for demand in demands}, guest, now)
    free: dict[UUID, int] = defaultdict(int)
    for item in items:
        if item.location.is_active:
            free[item.variant_id] += item.available + item.backorder_limit - item.backordered
    for one in [*own, *run_out_of(items, now)]:
        free[variants[one.stock_item_id]] += one.quantity
    allowed = {
        variant: max(share_of(units + elsewhere[variant]) - elsewhere[variant], 0) for variant, units in free.items()
    }
    cut = [replace(one, quantity=min(one.quantity, allowed.get(one.variant_id, 0))) for one in demands]
    return [one for one in cut if one.quantity]


def share_of(units: int) -> int:
    """How many of so many units one guest may reserve."""
    return max(units * GUEST_RESERVATION_PERCENT.value // 100, GUEST_RESERVATION_UNITS.value)


def _reserved_elsewhere(
    items: Iterable[StockItem], holders: Iterable[UUID], guest: str, now: datetime
) -> dict[UUID, int]:
    """The units of each variant that the guest's other carts hold."""
    held = Reservation.objects.filter(stock_item__in=[item.pk for item in items], guest=guest, expires_at__gt=now)
    units = held.exclude(holder__in=list(holders)).order_by().values_list("stock_item__variant_id")
    return defaultdict(int, units.annotate(units=Sum("quantity")))
