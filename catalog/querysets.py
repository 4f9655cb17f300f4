"""Chainable filters of the catalogue."""

from functools import cached_property
from typing import TYPE_CHECKING, Self, cast

from django.apps import apps
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from tree_queries.query import TreeQuerySet

from catalog.gtins import is_gtin, with_gtins
from catalog.reads.places import Places
from core.text.cleaning import search_words
from core.text.codes import plain_code

if TYPE_CHECKING:
    from catalog.models import Product, Variant

    Products = models.QuerySet[Product]
    Variants = models.QuerySet[Variant]
else:
    Products = Variants = models.QuerySet

# Nobody types more; a pasted page must not become a query of thousands of terms.
_MAX_WORDS = 12


class CategoryQuerySet(TreeQuerySet):  # type: ignore[misc]
    """Filters of categories."""

    def active(self) -> Self:
        return cast(Self, self.filter(is_active=True))


class ProductQuerySet(Products):
    """Filters of products; "on sale" is what a shopper may see and buy."""

    def on_sale(self) -> Self:
        """Active products in active categories with at least one active variant; they alone have this price."""
        return self.filter(from_price_minor__isnull=False)

    def matching(self, query: str) -> Self:
        """Products in which every folded word of the query begins a word that they are found by, or whose code it is.

        Their words are those of catalog.search.words; of an active variant's SKU the beginning does.
        """
        words = search_words(query)[:_MAX_WORDS]
        variants = apps.get_model("catalog", "Variant").objects
        codes = models.Q(sku__iexact=plain_code(query))
        if is_gtin(query):
            codes |= with_gtins([query])
        by_code = variants.filter(codes).values("product_id")
        if not words:
            return self.filter(pk__in=by_code)
        terms = " & ".join(f"{word}:*" for word in words)
        if len(words) > 1:
            terms += f" | {''.join(words)}:*"
        prefixes = SearchQuery(terms, config="simple", search_type="raw")
        vector = SearchVector("search_text", config="simple")
        by_words = self.model.objects.alias(search_vector=vector).filter(search_vector=prefixes).values("pk")
        # United, as each side has an index of its own; by OR neither would be used.
        return self.filter(pk__in=by_words.order_by().union(by_code.order_by()))

    @cached_property
    def places(self) -> Places:
        """Where the products stand in this order, for lists that are cut into pages."""
        return Places(self)


class VariantQuerySet(Variants):
    """Filters of variants."""

    def on_sale(self) -> Self:
        """Active variants of products on sale: what a shopper may put into the cart."""
        return self.filter(is_active=True, product__from_price_minor__isnull=False)
