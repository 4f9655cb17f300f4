"""The lock of a variant's stock, taken as one.

What can be sold of a variant is the sum over its locations, so whether it is low, sold out or back is decided by rows
of which only one may change. All of a variant's rows are locked together, by id: nobody else changes what is summed
up, so no crossing is missed because two locations changed at once, and none is told twice. A row that is not there yet
cannot be locked: a variant's rows are made under the lock of the variant itself, which is taken before its stock.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.db import lock_rows
from core.errors import NotFound
from inventory.models import StockItem


def lock_stock(variants: Iterable[UUID] | QuerySet[Any, Any]) -> list[StockItem]:
    """Lock all stock items of the variants, at whatever location; a subquery of their ids will do. Needs a transaction.

    Called once in a transaction, or the second call may wait for somebody who waits for what the first one locked.
    """
    return lock_rows(StockItem.objects.filter(variant_id__in=variants).select_related("location"))


def lock_stock_item(stock_item_id: UUID) -> StockItem:
    """Lock a stock item with the others of its variant. Needs a transaction; raises NotFound."""
    return lock_stock_around(stock_item_id)[0]


def lock_stock_around(stock_item_id: UUID) -> list[StockItem]:
    """Lock a stock item and answer it with the others of its variant, itself first. As lock_stock_item."""
    siblings = StockItem.objects.filter(pk=stock_item_id).values("variant_id")
    items = sorted(lock_stock(siblings), key=lambda item: item.pk != stock_item_id)
    if not items:
        raise NotFound
    return items
