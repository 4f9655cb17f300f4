"""The field table of the catalogue: the plain fields of products and variants, each named once.

A plain field is a column that is written, shown and exported under one name. From here derive the API's bodies and
answers, the columns of files, the rows of bulk calls, the admin's forms, the variants matrix and the columns whose
change moves a product's `updated_at`; the read models extend these tables. What a value may be is the model field's to
say; what the model cannot say is the field's Rule. Prices, texts in several languages, options and pictures are no
plain fields.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from functools import cache
from typing import Annotated, Any, TypedDict

_GTIN = "Number below the bar code (EAN-8, UPC-A, EAN-13 or GTIN-14), with its check digit. One variant alone has it."
_IS_ACTIVE = "Whether the product is on sale. This requires an image. A new product is a draft."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the model does not say of a plain field: the least value of a number, the API's help text, and whether
    products are found by it as by the SKU.
    """

    minimum: int = 0
    help_text: Any = ""
    is_searched: bool = False


@dataclass(frozen=True, slots=True)
class ListedFields:
    """The plain fields of a product that lists show, too."""

    slug: str
    brand: str
    is_active: Annotated[bool, Rule(help_text=_IS_ACTIVE)]
    is_featured: bool


@dataclass(frozen=True, slots=True)
class ProductFields(ListedFields):
    """The plain fields of a product."""

    is_digital: bool
    tax_class: str
    tags: list[str]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GridFields:
    """The plain fields of a variant that staff change for many variants at once, in the matrix."""

    gtin: Annotated[str | None, Rule(help_text=_GTIN, is_searched=True)]
    weight_grams: int | None


@dataclass(frozen=True, slots=True)
class VariantFields(GridFields):
    """The plain fields of a variant."""

    length_mm: Annotated[int | None, Rule(minimum=1)]
    width_mm: Annotated[int | None, Rule(minimum=1)]
    height_mm: Annotated[int | None, Rule(minimum=1)]


class PlainValues(TypedDict, total=False):
    """The values of plain fields as services take them: a product's, and those of its one variant."""

    slug: str
    brand: str
    is_active: bool
    is_featured: bool
    is_digital: bool
    tax_class: str
    tags: list[str]
    attributes: dict[str, str | int | float | bool]
    gtin: str | None
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None


@cache
def names(table: type[Any]) -> tuple[str, ...]:
    """The names of a table's fields, those of the tables that it extends first."""
    return tuple(one.name for one in fields(table))


@cache
def searched(table: type[Any]) -> tuple[str, ...]:
    """The names of the fields that products are found by."""
    return tuple(one.name for one in fields(table) if _rule(one).is_searched)


@cache
def rules(table: type[Any]) -> Mapping[str, Rule]:
    """The rule of each field of a table."""
    return {one.name: _rule(one) for one in fields(table)}


def _rule(one: Field[Any]) -> Rule:
    return next(iter(getattr(one.type, "__metadata__", ())), Rule())
