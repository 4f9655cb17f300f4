"""Chainable filters of the catalogue."""

from typing import TYPE_CHECKING, Self, cast

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Exists, Min, OuterRef, Q
from tree_queries.query import TreeQuerySet

from core.text import search_words

if TYPE_CHECKING:
    from catalog.models import Product

    Products = models.QuerySet[Product]
else:
    Products = models.QuerySet

# Nobody types more; a pasted page must not become a query of thousands of terms.
_MAX_WORDS = 12


class CategoryQuerySet(TreeQuerySet):  # type: ignore[misc]
    """Filters of categories."""

    def active(self) -> Self:
        return cast(Self, self.filter(is_active=True))


class ProductQuerySet(Products):
    """Filters of products; "on sale" is what a shopper may see and buy."""

    def on_sale(self) -> Self:
        """Active products in active categories with at least one active variant."""
        variants = apps.get_model("catalog", "Variant").objects.filter(product=OuterRef("pk"), is_active=True)
        return self.filter(Exists(variants), is_active=True, category__is_active=True)

    def matching(self, query: str) -> Self:
        """Products in which every folded word of the query begins a word of a name or brand, or whose SKU it is."""
        words = search_words(query)[:_MAX_WORDS]
        sku = Q(variants__sku__iexact=query.strip())
        if not words:
            return self.filter(sku).distinct()
        prefixes = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
        return self.alias(search_vector=SearchVector("search_text", config="simple")).filter(
            Q(search_vector=prefixes) | Q(pk__in=self.model.objects.filter(sku).values("pk"))
        )

    def with_price(self) -> Self:
        """Adds `from_price_minor`, the price of the cheapest active variant."""
        return self.annotate(from_price_minor=Min("variants__price_minor", filter=Q(variants__is_active=True)))
