"""What lists show of products, as plain values.

A list reads ids by one narrow index and then all that it shows of them by one statement. Through model objects the
same took four statements, and most of the time went into making objects of which a card shows three columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Self
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.translation import get_language

from catalog.picture_addresses import PictureAddresses
from core.db import prepared_rows
from core.languages import languages_to_try, spoken
from core.links import page_path
from core.money import Money


@dataclass(frozen=True, slots=True)
class Picture(PictureAddresses):
    """A product's picture, with the addresses that a ProductImage has."""

    file: str
    external_url: str
    public_id: str
    alt: str
    width: int | None
    height: int | None
    is_primary: bool
    sizes_key: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The picture of a row of ProductImage, in the active language."""
        return cls(**{name: row[name] for name in cls.__slots__ if name != "alt"}, alt=spoken(row, "alt"))


class Pictured:
    """Mixed into what shows a variant and is read with `picture_row=picture_of(…)` of catalog.variant_pictures."""

    picture_row: Mapping[str, Any] | None = None

    @property
    def picture(self) -> Picture | None:
        """The picture of the variant in the active language; None if it was read without, or the variant is gone."""
        return Picture.of(self.picture_row) if self.picture_row else None


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product in the active language; SKU and prices are those of its cheapest active variant.

    A draft may have no active variant; then SKU and price are an empty text and None in spite of their types, which are
    those that pages rely on.
    """

    id: UUID
    slug: str
    name: str
    brand: str
    is_featured: bool
    created_at: datetime
    category_id: UUID
    category_slug: str
    category_name: str
    sku: str
    price: Money
    compare_at: Money | None
    has_several_prices: bool
    variant_ids: tuple[UUID, ...]
    picture: Picture | None
    updated_at: datetime
    is_active: bool

    def get_absolute_url(self) -> str:
        return page_path("catalog:product", self.slug)


def product_summaries(ids: Iterable[UUID], *, drafts: bool = False) -> list[ProductSummary]:
    """The products of these ids, in their order; those that are not on sale only with `drafts`. One query."""
    wanted = list(ids)
    if not wanted:
        return []
    statement = _statement(get_language() or settings.LANGUAGE_CODE)
    rows = prepared_rows(statement if drafts else f"{statement} AND product.from_price_minor IS NOT NULL", [wanted])
    found = {row[0]: _summary(row) for row in rows}
    return [found[product_id] for product_id in wanted if product_id in found]


def variants_in(summaries: Iterable[ProductSummary]) -> list[UUID]:
    """The active variants of the products, to ask the stock about."""
    return [variant_id for summary in summaries for variant_id in summary.variant_ids]


@cache
def _statement(language: str) -> str:
    return f"""
        SELECT product.id, product.slug, {_text("product.name", language)}, product.brand, product.is_featured,
               product.created_at, category.id, category.slug, {_text("category.name", language)},
               (SELECT json_agg(json_build_array(id, sku, price_minor, compare_at_minor, currency)
                                ORDER BY price_minor, position)::text
                  FROM catalog_variant AS variant
                 WHERE variant.product_id = product.id AND variant.is_active),
               (SELECT json_build_array(file, external_url, public_id, {_text("image.alt", language)}, width, height,
                                        is_primary, sizes_key)::text
                  FROM catalog_productimage AS image
                 WHERE image.product_id = product.id
                 ORDER BY is_primary DESC, position, id LIMIT 1),
               product.updated_at, product.is_active
          FROM catalog_product AS product JOIN catalog_category AS category ON category.id = product.category_id
         WHERE product.id = ANY (%s)
    """  # noqa: S608  (made of column names alone)


def _text(column: str, language: str) -> str:
    said = ", ".join(f"NULLIF({column}_{code}, '')" for code in languages_to_try(language))
    return f"COALESCE({said}, '')"


def _summary(row: Sequence[Any]) -> ProductSummary:
    variants = orjson.loads(row[9] or "[]")
    _id, sku, price, compare_at, currency = variants[0] if variants else (None, "", None, None, "")
    return ProductSummary(  # type: ignore[call-arg]
        *row[:9],
        sku,
        None if price is None else Money(price, currency),
        None if compare_at is None else Money(compare_at, currency),
        len({(variant[2], variant[4]) for variant in variants}) > 1,
        tuple(UUID(variant[0]) for variant in variants),
        None if row[10] is None else Picture(*orjson.loads(row[10])),
        *row[11:],
    )
