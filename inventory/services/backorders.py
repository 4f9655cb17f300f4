"""Limits of backorders, and units that come in for them."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import InvalidInput
from inventory.errors import BackorderLimitChanged, BackorderLimitTooLow
from inventory.locking import lock_stock, lock_stock_item
from inventory.models import Location, StockItem
from inventory.services.exchange import exchange, stock_item_at
from inventory.services.stock import MOST_UNITS


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
    return set_backorder_limit(stock_item_id=stock_item_at(variant_id, location).pk, limit=limit)


@transaction.atomic
def fill_backorders(*, variants: Iterable[UUID]) -> None:
    """Give what is there of variants to who waits for it, after units came by another way than this module."""
    exchange(lock_stock(variants), [], [])
