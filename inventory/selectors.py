"""Reads of stock."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.models import StockItem


def available_units() -> Coalesce:
    """What available_by_variant() says, as a column of a query of variants; 0 without stock."""
    units = (
        StockItem.objects.filter(variant=OuterRef("pk"), location__is_active=True)
        .order_by()
        .values("variant_id")
        .annotate(units=Sum(F("on_hand") - F("reserved")))
        .values("units")
    )
    return Coalesce(Subquery(units), 0, output_field=BigIntegerField())


def available_by_variant(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units that can be sold now, over all active locations; variants without stock are missing. One query."""
    rows = (
        StockItem.objects.filter(variant_id__in=list(variant_ids), location__is_active=True)
        .values("variant_id")
        .annotate(units=Sum(F("on_hand") - F("reserved")))
        .values_list("variant_id", "units")
    )
    return dict(rows)
