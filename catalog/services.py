"""Writes to the catalogue that are more than saving one row."""

from collections.abc import Iterable
from uuid import UUID

from catalog.models import Product

_BATCH = 1_000


def refresh_search_text(*, product_ids: Iterable[UUID] | None = None) -> int:
    """Fold the names again of products that were written in SQL; all products without ids.

    Folding needs Python (the database has no ICU); rows are read in batches and only changed ones written.
    Returns how many changed.
    """
    products = Product.objects.order_by("id")
    if product_ids is not None:
        products = products.filter(pk__in=list(product_ids))
    changed: list[Product] = []
    count = 0
    for product in products.iterator(chunk_size=_BATCH):
        if (folded := product.folded_text()) != product.search_text:
            product.search_text = folded
            changed.append(product)
        if len(changed) == _BATCH:
            count += Product.objects.bulk_update(changed, ["search_text"])
            changed = []
    return count + (Product.objects.bulk_update(changed, ["search_text"]) if changed else 0)
