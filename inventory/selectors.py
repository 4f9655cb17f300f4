"""Reads of stock."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Sum

from inventory.models import StockItem


def available_by_variant(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units that can be sold now, over all active locations; variants without stock are missing. One query."""
    rows = (
        StockItem.objects.filter(variant_id__in=list(variant_ids), location__is_active=True)
        .values("variant_id")
        .annotate(units=Sum(F("on_hand") - F("reserved")))
        .values_list("variant_id", "units")
    )
    return dict(rows)
