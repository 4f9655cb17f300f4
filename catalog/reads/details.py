"""A product as it is shown alone, by its page and by the API: all of its rows by one statement, as typed values.

Through model objects the same took four statements, and making the objects took longer than the statements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self
from uuid import UUID

import orjson

from catalog.fields import ProductFields, VariantFields, names
from catalog.reads.pictures import Picture, ProductPicture
from catalog.reads.summaries import CategoryRef, Stock
from core.db.locking import prepared_rows
from core.i18n.languages import spoken
from core.money import Money
from core.web.links import page_path

_VARIANT = names(VariantFields)
_AS_STORED = (
    *names(ProductFields), "name_en", "name_fr", "name_ar", "description_en", "description_fr", "description_ar",
)  # fmt: skip
_TRANSLATED = ("name", "description", "seo_title", "seo_description")

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

# A row as the database writes it in JSON: ids and times are texts, prices minor units.
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OptionChoice:
    """A variant's choice in one option, in the active language."""

    option: str
    option_code: str
    value: str
    value_code: str


@dataclass(frozen=True, slots=True)
class VariantDetail(VariantFields):
    """An active variant. `images` are all pictures of the product, its own first; `picture_ids` name its own.

    Units are 0 until with_stock() gives them; those `available` beyond what is `on_shelf` are the `backorder`.
    """

    id: UUID
    sku: str
    price: Money
    compare_at_price: Money | None
    cost_price: Money | None
    options: Sequence[OptionChoice]
    images: Sequence[Picture]
    picture_ids: Sequence[str]
    available: int
    on_shelf: int
    backorder: int

    @property
    def image(self) -> Picture | None:
        """Its first own picture, or else the primary one of the product."""
        return self.images[0] if self.images else None

    @property
    def options_label(self) -> str:
        """What a shopper chooses between, such as "Blue / M"; empty without options."""
        return " / ".join(one.value for one in self.options)


@dataclass(frozen=True)
class ProductDetail(ProductFields):
    """A product in the active language with its active variants and all pictures, the primary one first.

    SKU and prices are those of the cheapest variant; a draft may have none. `edited` is the text of what people edit
    of it: the product's columns, its active variants with their options, its pictures; no stock.
    """

    id: UUID
    name: str
    name_en: str | None
    name_fr: str | None
    name_ar: str | None
    description: str
    description_en: str | None
    description_fr: str | None
    description_ar: str | None
    seo_title: str
    seo_description: str
    category: CategoryRef
    images: Sequence[ProductPicture]
    variants: Sequence[VariantDetail]
    is_on_sale: bool
    created_at: datetime
    updated_at: datetime
    edited: tuple[str, ...]

    def get_absolute_url(self) -> str:
        return page_path("catalog:product", self.slug)

    def with_stock(self, stock: Mapping[UUID, Stock]) -> Self:
        """The same with the units of its variants; those that are missing have none."""
        return replace(self, variants=[_stocked(one, stock.get(one.id)) for one in self.variants])

    @property
    def variant_ids(self) -> list[UUID]:
        return [one.id for one in self.variants]

    @cached_property
    def _cheapest(self) -> VariantDetail | None:
        return min(self.variants, key=lambda variant: variant.price.minor, default=None)

    @property
    def sku(self) -> str | None:
        return self._cheapest.sku if self._cheapest else None

    @property
    def price(self) -> Money | None:
        return self._cheapest.price if self._cheapest else None

    @property
    def compare_at_price(self) -> Money | None:
        return self._cheapest.compare_at_price if self._cheapest else None

    @property
    def price_cents(self) -> int | None:
        return self._cheapest.price.minor if self._cheapest else None

    @property
    def currency(self) -> str | None:
        return self._cheapest.price.currency if self._cheapest else None

    @property
    def has_several_prices(self) -> bool:
        return len({one.price for one in self.variants}) > 1

    @property
    def in_stock(self) -> bool:
        return any(one.available > 0 for one in self.variants)

    @property
    def image(self) -> Picture | None:
        return self.images[0] if self.images else None

    @property
    def meta_title(self) -> str:
        return self.seo_title

    @property
    def meta_description(self) -> str:
        return self.seo_description

    @property
    def option_names(self) -> str:
        """What its variants differ in, such as "Colour / Size"."""
        return " / ".join(one.option for one in self.variants[0].options) if self.variants else ""


def product_detail(key: str | UUID) -> ProductDetail | None:
    """The product of this id or slug, on sale or not, without its stock; None if there is none. One query."""
    by_id = _as_id(key)
    condition = "product.slug = %s" if by_id is None else "product.id = %s OR product.slug = %s"
    values: list[str | UUID] = [str(key)] if by_id is None else [by_id, str(key)]
    found = prepared_rows(f"{_TEXT} FROM ({_STATEMENT} WHERE {condition} LIMIT 1) AS found", values)
    return _detail(found[0]) if found else None


def _as_id(key: str | UUID) -> UUID | None:
    try:
        return key if isinstance(key, UUID) else UUID(key)
    except ValueError:
        return None


def _stocked(variant: VariantDetail, stock: Stock | None) -> VariantDetail:
    if stock is None:
        return variant
    available = max(stock.available, 0)
    backorder = stock.backordered_of(stock.available)
    return replace(variant, available=available, on_shelf=stock.on_shelf, backorder=backorder)


def _detail(found: Sequence[Any]) -> ProductDetail:
    product_text, variants_text, images_text, is_on_sale, updated_at, sizes, options, category = found
    row: _Row = orjson.loads(product_text)
    sizes_keys = orjson.loads(sizes or "{}")
    image_rows: list[_Row] = [
        {**image, "sizes_key": sizes_keys[image["id"]]} for image in orjson.loads(images_text or "[]")
    ]
    images = [(ProductPicture.of(one, variant_ids=tuple(sorted(one["places"]))), one["places"]) for one in image_rows]
    choices = _choices(orjson.loads(options or "[]"))
    plain: _Row = {name: row[name] for name in _AS_STORED} | {name: spoken(row, name) for name in _TRANSLATED}
    return ProductDetail(
        **plain,
        id=UUID(row["id"]),
        category=_category(orjson.loads(category)),
        images=[picture for picture, _places in images],
        variants=[_variant(one, choices.get(one["id"], ()), images) for one in orjson.loads(variants_text or "[]")],
        is_on_sale=is_on_sale,
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=updated_at,
        edited=(product_text, variants_text or "", images_text or ""),
    )


def _category(row: _Row) -> CategoryRef:
    return CategoryRef(UUID(row["id"]), row["slug"], spoken(row, "name"))


def _choices(rows: Sequence[tuple[str, _Row, _Row]]) -> dict[str, list[OptionChoice]]:
    chosen: dict[str, list[OptionChoice]] = {}
    for variant_id, option, value in rows:
        choice = OptionChoice(spoken(option, "name"), option["code"], spoken(value, "name"), value["code"])
        chosen.setdefault(variant_id, []).append(choice)
    return chosen


def _variant(
    row: _Row, options: Sequence[OptionChoice], images: Sequence[tuple[ProductPicture, Mapping[str, int]]]
) -> VariantDetail:
    key, currency = row["id"], row["currency"]
    own = sorted((one for one in images if key in one[1]), key=lambda one: one[1][key])
    others = (picture for picture, places in images if key not in places)
    return VariantDetail(
        **{name: row[name] for name in _VARIANT},
        id=UUID(key),
        sku=row["sku"],
        price=Money(row["price_minor"], currency),
        compare_at_price=_amount(row["compare_at_minor"], currency),
        cost_price=_amount(row["cost_minor"], currency),
        options=options,
        images=[*(picture for picture, _places in own), *others],
        picture_ids=[picture.public_id for picture, _places in own],
        available=0,
        on_shelf=0,
        backorder=0,
    )


def _amount(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
