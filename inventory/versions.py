"""What people edit of stock, as a version for the API's If-Match."""

from uuid import UUID

from core.versions import version_of
from inventory.locking import lock_stock_item
from inventory.models import StockItem


def stock_version(item: StockItem) -> str:
    """The version of what was counted and set: the units on hand, the limit of backorders.

    What is promised of them changes with every sale.
    """
    return version_of(item.pk, item.on_hand, item.backorder_limit)


def lock_stock_version(stock_item_id: UUID) -> str:
    """The version of a stock item that is locked. Needs a transaction; raises NotFound."""
    return stock_version(lock_stock_item(stock_item_id))
