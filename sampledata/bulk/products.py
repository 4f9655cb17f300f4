"""Products with a variant, a picture out of the pool, and stock that was received when the shop opened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from catalog.media.canvas import PICTURE_SIZE
from core.context import Door
from inventory.models import StockMove
from sampledata.bulk.copying import copy_rows
from sampledata.bulk.origin import SOURCE, Dice, Origin
from sampledata.bulk.words import Thing, Triple, folded, slugged, word_lists
from sampledata.content import ProductText

BATCH = 5_000

_ORIGIN = ("id", "created_at", "updated_at", "source", "source_key")
_PRODUCT = (
    *_ORIGIN, "category_id", "name", "name_en", "name_fr", "name_ar", "slug", "description", "description_en",
    "description_fr", "description_ar", "brand", "tax_class", "is_active", "is_featured", "search_text",
)  # fmt: skip
_VARIANT = (*_ORIGIN, "product_id", "sku", "price_minor", "compare_at_minor", "currency", "weight_grams")
_IMAGE = (
    *_ORIGIN, "product_id", "file", "alt", "alt_en", "alt_fr", "alt_ar", "width", "height", "is_primary",
    "public_id",
)  # fmt: skip
_STOCK = (*_ORIGIN, "variant_id", "location_id", "on_hand")
_MOVE = ("id", "created_at", "stock_item_id", "kind", "quantity", "door")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What products hang on: the demo shop's text and categories, the picture files, and the warehouse."""

    like: Mapping[str, ProductText]
    categories: Mapping[str, UUID]
    pictures: Mapping[str, Sequence[str]]
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the dice gave for one product; prices in minor units."""

    number: int
    at: datetime
    thing: Thing
    name: Triple
    slug: str
    search_text: str
    description: Triple
    brand: str
    price: int
    compare_at: int | None
    weight: int
    units: int
    picture: str


def write_products(origin: Origin, shelf: Shelf, numbers: range) -> int:
    """Write the products of these numbers; returns how many rows. Needs a transaction."""
    drawn = [_draw(origin, shelf, number) for number in numbers]
    return sum(
        copy_rows(table, columns, rows)
        for table, columns, rows in (
            # Before its product, whose lowest price is then computed once, and not again with an update.
            ("catalog_variant", _VARIANT, (_variant(origin, one) for one in drawn)),
            ("catalog_product", _PRODUCT, (_product(origin, shelf, one) for one in drawn)),
            ("catalog_productimage", _IMAGE, (_image(origin, one) for one in drawn)),
            ("inventory_stockitem", _STOCK, (_stock(origin, shelf, one) for one in drawn)),
            ("inventory_stockmove", _MOVE, _moves(origin, drawn)),
        )
    )


def _draw(origin: Origin, shelf: Shelf, number: int) -> Drawn:
    dice, words = Dice(origin, "product", number), word_lists()
    thing = words.things[dice.below(len(words.things))]
    like = shelf.like[thing.like]
    parts = (
        words.collections[dice.below(len(words.collections))],
        words.materials[thing.material][dice.below(len(words.materials[thing.material]))],
        words.places[dice.below(len(words.places))],
    )
    name = _name(thing, *parts)
    brand = words.brands[dice.below(len(words.brands))]
    ending = words.descriptions[dice.below(len(words.descriptions))]
    usual = like.variants[0]
    # Between 60 % and 160 % of the demo product, ending in 90.
    price = max(290, usual.price * (60 + dice.below(101)) // 100 // 100 * 100 + 90)
    pictures = shelf.pictures[thing.like]
    return Drawn(
        number=number,
        at=origin.opened - timedelta(minutes=dice.below(200 * 24 * 60)),
        thing=thing,
        name=name,
        slug="-".join((*map(slugged, (parts[0][0], thing.name[0], parts[1][0], parts[2][0])), origin.key(number))),
        search_text=_search_text(thing, parts, brand),
        description=(f"{name[0]}, {ending[0]}", f"{name[1]}, {ending[1]}", f"{name[2]}، {ending[2]}"),
        brand=brand,
        price=price,
        compare_at=price * 5 // 4 if dice.below(12) == 0 else None,
        weight=usual.weight * (70 + dice.below(61)) // 100,
        # One in thirty-three is sold out until orders bring more.
        units=0 if dice.below(33) == 0 else 4 + dice.below(57),
        picture=pictures[dice.below(len(pictures))],
    )


def _search_text(thing: Thing, parts: Sequence[Triple], brand: str) -> str:
    """What Product.folded_text() gives, from parts that were folded before."""
    collection, material, place = parts
    en = (collection[0], thing.name[0], material[0], place[0])
    fr = (thing.name[1], collection[1], material[1], place[1])
    ar = (thing.name[2], collection[2], material[2], "من", place[2])
    words = " ".join(map(folded, (*en, *fr, *ar, brand))).split()
    return " ".join(dict.fromkeys(words))


def _name(thing: Thing, collection: Triple, material: Triple, place: Triple) -> Triple:
    return (
        f"{collection[0]} {thing.name[0]} {material[0]} {place[0]}",
        f"{thing.name[1]} {collection[1]} {material[1]} {place[1]}",
        f"{thing.name[2]} «{collection[2]}» {material[2]} من {place[2]}",
    )


def _origin(origin: Origin, kind: str, one: Drawn) -> tuple[Any, ...]:
    return origin.id(kind, one.number), one.at, one.at, SOURCE, origin.key(one.number)


def _product(origin: Origin, shelf: Shelf, one: Drawn) -> tuple[Any, ...]:
    like = shelf.like[one.thing.like]
    return (
        *_origin(origin, "product", one),
        shelf.categories[like.category],
        one.name[0],
        *one.name,
        one.slug,
        one.description[0],
        *one.description,
        one.brand,
        like.tax,
        True,
        one.number % 500 == 0,
        one.search_text,
    )


def _variant(origin: Origin, one: Drawn) -> tuple[Any, ...]:
    return (
        *_origin(origin, "variant", one),
        origin.id("product", one.number),
        f"B{origin.key(one.number)}",
        one.price,
        one.compare_at,
        settings.SHOP_CURRENCY,
        one.weight,
    )


def _image(origin: Origin, one: Drawn) -> tuple[Any, ...]:
    return (
        *_origin(origin, "image", one),
        origin.id("product", one.number),
        one.picture,
        one.name[0],
        *one.name,
        PICTURE_SIZE,
        PICTURE_SIZE,
        True,
        origin.id("image", one.number).hex,
    )


def _stock(origin: Origin, shelf: Shelf, one: Drawn) -> tuple[Any, ...]:
    return (
        *_origin(origin, "stock", one),
        origin.id("variant", one.number),
        shelf.location_id,
        one.units,
    )


def _moves(origin: Origin, drawn: Sequence[Drawn]) -> Iterator[tuple[Any, ...]]:
    for one in drawn:
        if one.units:
            item = origin.id("stock", one.number)
            yield (
                origin.id("move", one.number),
                one.at,
                item,
                StockMove.Kind.RECEIPT.value,
                one.units,
                Door.COMMAND.value,
            )
