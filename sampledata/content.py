"""The written content of the demo shop, read from the JSON files beside this module into typed values."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from catalog.media.canvas import colour
from sampledata.artwork import Look

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "fr", "ar")
PRODUCT_FILES = ("home", "kitchen", "pantry", "bath", "apparel")

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class CategoryText:
    """A node of the tree; ``parent`` is the key of the one above."""

    key: str
    parent: str | None
    name: Words
    description: Words


@dataclass(frozen=True, slots=True)
class OptionText:
    """A choice of an option; a colour has the code by which it is drawn."""

    code: str
    name: Words
    hex: str | None


@dataclass(frozen=True, slots=True)
class VariantText:
    """What is bought: prices in minor units, weight in grams, units received at each location."""

    sku: str
    price: int
    weight: int
    stock: tuple[int, ...]
    compare_at: int | None
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class PictureText:
    """How a product is drawn; a variant's colour replaces the colour named by ``paint``."""

    kind: str
    ground: str
    main: str
    accent: str
    views: tuple[int, ...]
    variety: int = 0
    label: str = ""
    paint: str = "main"

    def look(self, tint: str | None = None) -> Look:
        """The colours to draw with, tinted as a variant if a colour is given."""
        colours = {"main": self.main, "accent": self.accent}
        if tint:
            colours[self.paint] = tint
        return Look(colour(colours["main"]), colour(colours["accent"]), self.variety, self.label)


@dataclass(frozen=True, slots=True)
class ProductText:
    """A product in three languages, with its variants and its pictures."""

    key: str
    category: str
    brand: str
    tax: str
    featured: bool
    name: Words
    description: Words
    picture: PictureText
    variants: tuple[VariantText, ...]


@dataclass(frozen=True, slots=True)
class MethodText:
    """A way to send an order; prices in minor units."""

    key: str
    name: Words
    description: Words
    carrier: str
    price: int
    free_from: int | None
    countries: tuple[str, ...]
    min_days: int
    max_days: int
    # The key of the location where shoppers fetch it; empty for what is sent.
    pickup: str = ""


@dataclass(frozen=True, slots=True)
class PlaceText:
    """Where a location is, and when it is open."""

    line1: str
    postal_code: str
    city: str
    country: str
    opening_hours: Words


@dataclass(frozen=True, slots=True)
class ZoneText:
    """Areas taxed alike, as (country, region, postal prefix); rates as (tax class, percent, name)."""

    key: str
    name: str
    inclusive: bool
    areas: tuple[tuple[str, str, str], ...]
    rates: tuple[tuple[str, Decimal, str], ...]


@dataclass(frozen=True, slots=True)
class PersonText:
    """A customer or a guest; somebody who can log in has a user name and a password."""

    key: str
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    language: str
    addresses: tuple[dict[str, str], ...]
    username: str | None
    password: str | None
    is_staff: bool

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class ShopText:
    """Everything that the demo shop is made of; locations are (key, name) in the order of their priority."""

    categories: tuple[CategoryText, ...]
    options: dict[str, tuple[Words, tuple[OptionText, ...]]]
    products: tuple[ProductText, ...]
    locations: tuple[tuple[str, str], ...]
    places: dict[str, PlaceText]
    methods: tuple[MethodText, ...]
    zones: tuple[ZoneText, ...]
    people: tuple[PersonText, ...]
    guests: tuple[PersonText, ...]

    def tint(self, variant: VariantText) -> str | None:
        """The colour code of a variant that comes in colours."""
        code = variant.options.get("colour")
        return next((one.hex for one in self.options["colour"][1] if one.code == code), None)


@cache
def shop_text() -> ShopText:
    """The content of the demo shop."""
    shop, people = _read("shop"), _read("people")
    return ShopText(
        categories=tuple(CategoryText(**row) for row in shop["categories"]),
        options={code: _option(row) for code, row in shop["options"].items()},
        products=tuple(_product(row) for name in PRODUCT_FILES for row in _read(name)),
        locations=tuple((row["key"], row["name"]) for row in shop["locations"]),
        places={row["key"]: _place(row) for row in shop["locations"]},
        methods=tuple(_method(row) for row in shop["shipping_methods"]),
        zones=tuple(_zone(row) for row in shop["tax_zones"]),
        people=tuple(_person(row) for row in [*people["logins"], *people["customers"]]),
        guests=tuple(_person(row) for row in people["guests"]),
    )


def _read(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def _option(row: dict[str, Any]) -> tuple[Words, tuple[OptionText, ...]]:
    values = (OptionText(code, value["name"], value.get("hex")) for code, value in row["values"].items())
    return row["name"], tuple(values)


def _product(row: dict[str, Any]) -> ProductText:
    return ProductText(
        key=row["key"],
        category=row["category"],
        brand=row["brand"],
        tax=row["tax"],
        featured=row.get("featured", False),
        name=row["name"],
        description=row["description"],
        picture=PictureText(**{**row["picture"], "views": tuple(row["picture"]["views"])}),
        variants=tuple(_variant(one) for one in row["variants"]),
    )


def _variant(row: dict[str, Any]) -> VariantText:
    return VariantText(
        sku=row["sku"],
        price=row["price"],
        weight=row["weight"],
        stock=tuple(row["stock"]),
        compare_at=row.get("compare_at"),
        options=row.get("options", {}),
    )


def _method(row: dict[str, Any]) -> MethodText:
    return MethodText(**{**row, "countries": tuple(row["countries"])})


def _place(row: dict[str, Any]) -> PlaceText:
    return PlaceText(**{name: value for name, value in row.items() if name not in ("key", "name")})


def _zone(row: dict[str, Any]) -> ZoneText:
    rates = tuple((rate["tax_class"], Decimal(rate["percent"]), rate["name"]) for rate in row["rates"])
    whole = [(country, "", "") for country in row.get("countries", ())]
    parts = [(part["country"], part.get("region", ""), part.get("prefix", "")) for part in row.get("parts", ())]
    return ZoneText(row["key"], row["name"], row["inclusive"], (*whole, *parts), rates)


def _person(row: dict[str, Any]) -> PersonText:
    return PersonText(
        key=row["key"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        company=row.get("company", ""),
        email=row["email"],
        phone=row["phone"],
        language=row["language"],
        addresses=tuple(row["addresses"]),
        username=row.get("username"),
        password=row.get("password"),
        is_staff=row.get("staff", False),
    )
