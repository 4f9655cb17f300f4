"""The brands that a list of products can be narrowed to."""

import hashlib

from django.core.cache import caches
from django.db.models import Count

from catalog.querysets import ProductQuerySet

# Each list shows them; a new brand may take this many seconds to appear.
_KEPT_SECONDS = 300
_MOST = 60


def brands_of(products: ProductQuerySet, *, name: str) -> list[str]:
    """The brands of a list with the most products, by name; `name` tells the list from others while it is kept.

    One query when the cache is cold.
    """
    cache = caches["process"]
    key = f"brands:{hashlib.sha256(name.encode()).hexdigest()}"
    brands: list[str] | None = cache.get(key)
    if brands is None:
        rows = products.exclude(brand="").order_by().values_list("brand").annotate(count=Count("pk"))
        most = rows.order_by("-count", "brand")[:_MOST]
        brands = sorted((brand for brand, _count in most), key=str.casefold)
        cache.set(key, brands, _KEPT_SECONDS)
    return brands
