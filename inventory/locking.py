"""The lock of a variant's stock, taken as one.

What can be sold of a variant is the sum over its locations, so whether it is low, sold out or back is decided by rows
of which only one may change. All of a variant's rows are locked together, by id: nobody else changes what is summed
up, so no crossing is missed because two locations changed at once, and none is told twice. A row that is not there yet
cannot be locked: a variant's rows are made under the lock of the variant itself, which is taken before its stock.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.db.locking import lock_rows
from core.errors import NotFound
from core.fast.compiled import Compiled, Param, among
from inventory.models import Reservation, StockItem


def _of(variants: QuerySet[Any, Any]) -> QuerySet[StockItem]:
    return StockItem.objects.filter(variant_id__in=variants).select_related("location")


_OF_VARIANTS = Compiled(lambda: StockItem.objects.filter(among("variant_id", "variants")).select_related("location"))
_OF_HOLDERS = Compiled(
    lambda: _of(Reservation.objects.filter(among("holder", "holders")).values("stock_item__variant_id"))
)
_HELD = Compiled(
    lambda: Reservation.objects.filter(among("stock_item_id", "items"), among("holder", "holders")).order_by("id")
)
_RUN_OUT = Compiled(
    lambda: Reservation.objects.filter(among("stock_item_id", "items"), expires_at__lte=Param("now")).order_by("id")
)
_AROUND = Compiled(lambda: _of(StockItem.objects.filter(pk=Param("item")).values("variant_id")))


def lock_stock(variants: Iterable[UUID]) -> list[StockItem]:
    """Lock all stock items of the variants, at whatever location. Needs a transaction.

    Called once in a transaction, or the second call may wait for somebody who waits for what the first one locked.
    """
    return lock_rows(_OF_VARIANTS, variants=list(variants))


def lock_stock_held(holders: Iterable[UUID]) -> list[StockItem]:
    """Lock all stock items of every variant that the holders have reservations of. As lock_stock."""
    return lock_rows(_OF_HOLDERS, holders=list(holders))


def lock_stock_item(stock_item_id: UUID) -> StockItem:
    """Lock a stock item with the others of its variant. Needs a transaction; raises NotFound."""
    return lock_stock_around(stock_item_id)[0]


def lock_stock_around(stock_item_id: UUID) -> list[StockItem]:
    """Lock a stock item and answer it with the others of its variant, itself first. As lock_stock_item."""
    items = sorted(lock_rows(_AROUND, item=stock_item_id), key=lambda item: item.pk != stock_item_id)
    if not items:
        raise NotFound
    return items


def held_by(items: Iterable[StockItem], holders: Iterable[UUID]) -> list[Reservation]:
    """What the holders have of locked stock items. One query."""
    return _HELD.rows(items=[item.pk for item in items], holders=list(holders))


def run_out_of(items: Iterable[StockItem], now: datetime) -> list[Reservation]:
    """The holds of locked stock items whose time is over. One query."""
    return _RUN_OUT.rows(items=[item.pk for item in items], now=now)
