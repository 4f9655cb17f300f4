"""A product as lists show it: on cards, in suggestions and in the API.

A list reads ids by one narrow index and then all that it shows of them by one statement. Through model objects the
same took four statements, and most of the time went into making objects of which a card shows three columns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, Self
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.translation import get_language

from catalog.fields import ListedFields, names
from catalog.reads.pictures import Picture
from core.db.locking import prepared_rows
from core.i18n.languages import languages_to_try
from core.money import Money
from core.web.links import page_path

# Reads how many units of each variant can be sold; variants without stock are missing.
AvailableReader = Callable[[list[UUID]], Mapping[UUID, int]]
_LISTED = names(ListedFields)


class Stock(Protocol):
    """What is there of a variant: the units that can be sold, and those of them that need not be waited for."""

    @property
    def available(self) -> int: ...
    @property
    def on_shelf(self) -> int: ...
    def backordered_of(self, quantity: int) -> int: ...


@dataclass(frozen=True, slots=True)
class CategoryRef:
    """The category of a product in the active language."""

    id: UUID
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ProductSummary(ListedFields):
    """A product in the active language; SKU and prices are those of its cheapest active variant.

    A draft may have no active variant, and then neither SKU nor price. `in_stock` is whether a variant can be bought
    now, and None where nobody asked.
    """

    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    category: CategoryRef
    sku: str | None
    price: Money | None
    compare_at_price: Money | None
    has_several_prices: bool
    image: Picture | None
    variant_ids: tuple[UUID, ...]
    in_stock: bool | None

    def get_absolute_url(self) -> str:
        return page_path("catalog:product", self.slug)

    def with_stock(self, stock: Mapping[UUID, Stock]) -> Self:
        """The same with whether a variant can be bought, for who reads the stock of more than lists."""
        units = (stock[variant_id].available for variant_id in self.variant_ids if variant_id in stock)
        return replace(self, in_stock=any(one > 0 for one in units))


def product_summaries(
    ids: Iterable[UUID], *, available: AvailableReader | None, drafts: bool = False
) -> list[ProductSummary]:
    """The products of these ids, in their order; those that are not on sale only with `drafts`.

    One query, and those of `available`, which is asked once for the active variants of all; None asks nobody.
    """
    wanted = list(ids)
    if not wanted:
        return []
    statement = _statement(get_language() or settings.LANGUAGE_CODE)
    rows = prepared_rows(statement if drafts else f"{statement} AND product.from_price_minor IS NOT NULL", [wanted])
    found = {row[0]: (row, orjson.loads(row[1] or "[]")) for row in rows}
    ordered = [found[product_id] for product_id in wanted if product_id in found]
    variant_ids = [tuple(UUID(variant[0]) for variant in variants) for _row, variants in ordered]
    units = available([one for ids_of_one in variant_ids for one in ids_of_one]) if available else None
    return [
        _summary(row, variants, ids_of_one, units)
        for (row, variants), ids_of_one in zip(ordered, variant_ids, strict=True)
    ]


@cache
def _statement(language: str) -> str:
    return f"""
        SELECT product.id,
               (SELECT json_agg(json_build_array(id, sku, price_minor, compare_at_minor, currency)
                                ORDER BY price_minor, position)::text
                  FROM catalog_variant AS variant
                 WHERE variant.product_id = product.id AND variant.is_active),
               (SELECT json_build_array(file, external_url, public_id, {_text("image.alt", language)}, width, height,
                                        is_primary, sizes_key)::text
                  FROM catalog_productimage AS image
                 WHERE image.product_id = product.id
                 ORDER BY is_primary DESC, position, id LIMIT 1),
               category.id, category.slug, {_text("category.name", language)},
               {", ".join(f"product.{name}" for name in _LISTED)},
               product.id, {_text("product.name", language)}, product.created_at, product.updated_at
          FROM catalog_product AS product JOIN catalog_category AS category ON category.id = product.category_id
         WHERE product.id = ANY (%s)
    """  # noqa: S608  (made of column names alone)


def _text(column: str, language: str) -> str:
    columns = ", ".join(f"NULLIF({column}_{code}, '')" for code in languages_to_try(language))
    return f"COALESCE({columns}, '')"


def _summary(
    row: Sequence[Any],
    variants: Sequence[Sequence[Any]],
    variant_ids: tuple[UUID, ...],
    units: Mapping[UUID, int] | None,
) -> ProductSummary:
    _id, sku, price, compare_at, currency = variants[0] if variants else (None, None, None, None, "")
    return ProductSummary(  # type: ignore[call-arg]
        *row[6:],
        CategoryRef(*row[3:6]),
        sku,
        None if price is None else Money(price, currency),
        None if compare_at is None else Money(compare_at, currency),
        len({(variant[2], variant[4]) for variant in variants}) > 1,
        None if row[2] is None else Picture(*orjson.loads(row[2])),
        variant_ids,
        None if units is None else any(units.get(variant_id, 0) > 0 for variant_id in variant_ids),
    )
