"""What stock has staff do."""

from collections.abc import Collection, Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from desk.kinds import LOW, NORMAL, Cause, TaskKind
from inventory.actions import InventoryAction
from inventory.selectors import on_shelf_by_variant
from inventory.shop_settings import LOW_STOCK_UNITS

STOCK_LOW, SOLD_OUT = "inventory.stock_low", "inventory.sold_out"


def _stock(object_ids: Collection[str] | None, *, is_sold_out: bool) -> Iterator[Cause]:
    variants = Variant.objects.on_sale().filter(stock_items__isnull=False).distinct()
    if object_ids is not None:
        variants = variants.filter(pk__in=object_ids)
    skus = dict(variants.order_by("sku").values_list("pk", "sku"))
    units = on_shelf_by_variant(skus) if skus else {}
    for variant_id, sku in skus.items():
        there = units.get(variant_id, 0)
        if (there == 0) if is_sold_out else (0 < there <= LOW_STOCK_UNITS.value):
            yield Cause(object_id=str(variant_id), params={"sku": sku})


TASK_KINDS = (
    TaskKind(
        code=STOCK_LOW,
        label=_("Stock is low"),
        title=_("Stock of %(sku)s is low"),
        action=InventoryAction.RECEIVE_STOCK,
        object_type="catalog.variant",
        priority=LOW,
        causes=partial(_stock, is_sold_out=False),
    ),
    TaskKind(
        code=SOLD_OUT,
        label=_("Sold out"),
        title=_("%(sku)s is sold out"),
        action=InventoryAction.RECEIVE_STOCK,
        object_type="catalog.variant",
        priority=NORMAL,
        causes=partial(_stock, is_sold_out=True),
    ),
)
