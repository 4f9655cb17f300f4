"""What Souk takes in: the columns a mapping has to fill, with the rules that hold whatever the source is."""

from dataclasses import dataclass
from enum import StrEnum

from catalog.models import MAX_PRICE_MINOR

# Whole shops stay below these, and sums of what passes fit the database's BIGINT.
MAX_MINOR = MAX_PRICE_MINOR
MAX_QUANTITY = 100_000
MAX_STOCK = 10**9
# What is made from a key (a stock item's, a picture's) has to fit 255 characters as well.
MAX_KEY = 200
MAX_EMAIL = 254


class Kind(StrEnum):
    """How a column's text is read."""

    TEXT = "text"  # of one line
    LINES = "lines"  # text that may have line breaks
    SKU = "sku"  # in plain characters; the same in any case
    GTIN = "gtin"  # the number below a bar code, with its check digit; one number in any length
    CODE = "code"  # letters, digits, hyphens and underscores
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"  # major units of the mapping's currency, kept as minor units
    MOMENT = "moment"
    BOOLEAN = "boolean"
    EMAIL = "email"  # compared and kept in lower case
    CHOICE = "choice"  # one of a few words, after the mapping's lookup
    COUNTRY = "country"  # ISO 3166-1 alpha-2, after the mapping's lookup
    REFERENCE = "reference"  # the source key of a row of another entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column that mappings fill. A mapping may ask for more than this, never for less.

    `unique_in` names the table and column of the shop in which the value may occur once. `choices` are the words that
    a CHOICE may be; a mapping that fills it has to know each row's. A reference is resolved to the id of a loaded row,
    unless it stays `in_group`: then both rows are loaded by one loader, which joins them.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    unique_in: tuple[str, str] | None = None
    choices: tuple[str, ...] = ()
    refers_to: str | None = None
    in_group: bool = False
    # Came to the entity later: rows of mappings that do not fill it still say the same.
    is_hashed_if_mapped: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum that is compared between source and shop."""

    name: str
    is_money: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A kind of row that moves in.

    `table` is where (source, source_key) is found again. `held` is a query of what the shop holds of a source,
    with {source} for its name: source_key, one column for each measure, money in minor units, and one for each of the
    references in `compared`, with the key of the row that it leads to. Raise `version`
    when the loader writes other rows from the same columns: all rows of the next run then count as changed.
    """

    name: str
    table: str
    fields: tuple[Field, ...]
    held: str
    measures: tuple[Measure, ...] = ()
    compared: tuple[str, ...] = ()
    version: int = 1

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


def text(name: str, max_length: int, *, required: bool = False) -> Field:
    return Field(name=name, required=required, max_length=max_length)


def lines(name: str, max_length: int) -> Field:
    return Field(name=name, kind=Kind.LINES, max_length=max_length)


def code(name: str, max_length: int, *, unique_in: tuple[str, str] | None = None) -> Field:
    return Field(name=name, kind=Kind.CODE, required=True, max_length=max_length, unique_in=unique_in)


def money(name: str, *, required: bool = True) -> Field:
    return Field(name=name, kind=Kind.MONEY, required=required, minimum=0, maximum=MAX_MINOR)


def email(name: str, *, unique_in: tuple[str, str] | None = None) -> Field:
    return Field(name=name, kind=Kind.EMAIL, max_length=MAX_EMAIL, unique_in=unique_in)


def reference(name: str, to: str, *, required: bool = True, in_group: bool = False) -> Field:
    return Field(name=name, kind=Kind.REFERENCE, required=required, refers_to=to, in_group=in_group)


def flag(name: str, *, required: bool = True) -> Field:
    return Field(name=name, kind=Kind.BOOLEAN, required=required)


def moment(name: str, *, required: bool = False) -> Field:
    return Field(name=name, kind=Kind.MOMENT, required=required)


def address_fields() -> tuple[Field, ...]:
    """A postal address as orders and address books keep it."""
    return (
        text("full_name", 200, required=True),
        text("company", 200),
        text("line1", 200, required=True),
        text("line2", 200),
        text("city", 120, required=True),
        text("region", 120),
        text("postal_code", 20),
        Field(name="country", kind=Kind.COUNTRY, required=True),
        text("phone", 40),
    )
