"""Naming what is to be bought: by a variant, or by a product that has only one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail

from catalog.selectors import variants_on_sale_of

# Other names of a variant's id.
VARIANT_ALIASES: Mapping[str, str] = {"product_variant_id": "variant_id"}


def name_variants(items: Sequence[dict[str, Any]]) -> dict[Any, Any]:
    """Put the variant's id into each item that names a product; at most one query.

    Returns the faults of those whose product has several variants or none on sale, by the item's place.
    """
    wanted = {item["product_id"] for item in items if "product_id" in item}
    on_sale = variants_on_sale_of(wanted) if wanted else {}
    wrong = {}
    for place, item in enumerate(items):
        if "product_id" in item:
            variants = on_sale.get(item.pop("product_id"), [])
            if len(variants) == 1:
                item["variant_id"] = variants[0]
            else:
                wrong[place] = {"product_id": [_fault(variants)]}
    return wrong


def _fault(variants: Sequence[UUID]) -> ErrorDetail:
    if not variants:
        return ErrorDetail(_("This product is not for sale."), "not_for_sale")
    return ErrorDetail(_("This product has several variants. Choose one by variant_id."), "several_variants")
