"""A product as the API shows it alone: all of its rows by one statement, as plain values.

Through model objects the same took four statements, and making the objects took longer than the statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.db import prepared_rows
from core.languages import spoken

# Machines write these, some time after the change that asked for it, or another row decides them.
_MADE_LATER = "'{updated_at, search_text, from_price_minor, options_key, sizes_key, sizes_failures}'::text[]"

_STATEMENT = f"""
    SELECT to_jsonb(product) - {_MADE_LATER} AS product,
           (SELECT jsonb_agg(to_jsonb(variant) - {_MADE_LATER} || jsonb_build_object('values', (
                       SELECT jsonb_agg(option.value_id ORDER BY option.value_id)
                         FROM catalog_variantoption AS option WHERE option.variant_id = variant.id
                   )) ORDER BY variant.position, variant.id)
              FROM catalog_variant AS variant WHERE variant.product_id = product.id AND variant.is_active) AS variants,
           (SELECT jsonb_agg(to_jsonb(image) - {_MADE_LATER} || jsonb_build_object('places', (
                       SELECT coalesce(jsonb_object_agg(link.variant_id, link.position), '{{}}')
                         FROM catalog_variantpicture AS link WHERE link.image_id = image.id
                   )) ORDER BY is_primary DESC, position, id)
              FROM catalog_productimage AS image WHERE image.product_id = product.id) AS images,
           product.from_price_minor IS NOT NULL AS is_on_sale,
           product.updated_at,
           (SELECT jsonb_object_agg(image.id, image.sizes_key)
              FROM catalog_productimage AS image WHERE image.product_id = product.id) AS sizes,
           (SELECT jsonb_agg(jsonb_build_array(option.variant_id, to_jsonb(type), to_jsonb(value))
                            ORDER BY type.position, type.code)
              FROM catalog_variantoption AS option
              JOIN catalog_variant AS variant ON variant.id = option.variant_id
              JOIN catalog_optiontype AS type ON type.id = option.option_type_id
              JOIN catalog_optionvalue AS value ON value.id = option.value_id
             WHERE variant.product_id = product.id AND variant.is_active) AS options,
           to_jsonb(category) AS category
      FROM catalog_product AS product JOIN catalog_category AS category ON category.id = product.category_id
"""  # noqa: S608  (made of constants)
_TEXT = (
    "SELECT product::text, variants::text, images::text, is_on_sale, updated_at, sizes::text, options::text, "
    "category::text"
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProductDocument:
    """Rows as the database writes them in JSON: ids and times are texts, prices minor units.

    `edited` is the text of what people edit of it: the product's columns, its active variants with their options,
    its pictures; no stock.
    """

    product: Row
    category: Row
    variants: list[Row]
    images: list[Row]
    is_on_sale: bool
    updated_at: datetime
    edited: tuple[str, ...]

    @property
    def variant_ids(self) -> list[UUID]:
        return [UUID(variant["id"]) for variant in self.variants]


def product_document(key: str | UUID) -> ProductDocument | None:
    """The product of this id or slug, on sale or not; None if there is none. One query."""
    by_id = _as_id(key)
    condition = "product.slug = %s" if by_id is None else "product.id = %s OR product.slug = %s"
    values: list[str | UUID] = [str(key)] if by_id is None else [by_id, str(key)]
    found = prepared_rows(f"{_TEXT} FROM ({_STATEMENT} WHERE {condition} LIMIT 1) AS found", values)
    return _document(found[0]) if found else None


def _as_id(key: str | UUID) -> UUID | None:
    try:
        return key if isinstance(key, UUID) else UUID(key)
    except ValueError:
        return None


def _document(row: Sequence[Any]) -> ProductDocument:
    product, variants, images, is_on_sale, updated_at, sizes, options, category = row
    sizes_keys = orjson.loads(sizes or "{}")
    chosen: dict[str, list[Row]] = {}
    for variant_id, option, value in orjson.loads(options or "[]"):
        names = {"option": spoken(option, "name"), "value": spoken(value, "name")}
        codes = {"option_code": option["code"], "value_code": value["code"]}
        chosen.setdefault(variant_id, []).append(names | codes)
    return ProductDocument(
        product=orjson.loads(product),
        category=orjson.loads(category),
        variants=[{**row, "options": chosen.get(row["id"], [])} for row in orjson.loads(variants or "[]")],
        images=[{**row, "sizes_key": sizes_keys[row["id"]]} for row in orjson.loads(images or "[]")],
        is_on_sale=is_on_sale,
        updated_at=updated_at,
        edited=(product, variants or "", images or ""),
    )
