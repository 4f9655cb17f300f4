"""Products as the rows of a file, one a variant: what each column holds, and what a file would change."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, CharField, Count, Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.bulk.services import Outcome, Row, RowError, RowResult, RowsRefused, upsert_products
from catalog.fields import ProductFields, VariantFields, names
from catalog.media.variant_pictures import public_ids_of
from catalog.models import Product, Variant, VariantOption
from catalog.serializers import ProductInput
from catalog.services import OF_THE_VARIANT
from catalog.skus import stored_skus
from core.db.advisory_locks import AdvisoryLock, lock_until_commit
from core.db.locking import require_transaction
from core.errors import InvalidInput
from core.i18n.currencies import DECIMALS
from core.text.cleaning import CONTROLS

# What a request reads, checks and writes within seconds, of an import and of an export alike.
MOST_ROWS = 2_000


def _product_field(name: str) -> Any:
    return Product._meta.get_field(name)


def _variant_field(name: str) -> Any:
    return Variant._meta.get_field(name)


_PRICES = ("price", "compare_at_price", "cost_price")
_OF_VARIANT = names(VariantFields)
_FLAGS = tuple(name for name in names(ProductFields) if isinstance(_product_field(name), BooleanField))
_TEXTS = tuple(
    f"{name}_{language}" for name in ("description", "seo_title", "seo_description") for language in ("en", "fr", "ar")
)
_FIRST = ("sku", "name_en", "name_fr", "name_ar", "slug", "category", "brand", "options", *_PRICES, "currency")
COLUMNS = tuple(
    dict.fromkeys((*_FIRST, "tax_class", *_FLAGS, *names(ProductFields), *_OF_VARIANT, "picture_ids", *_TEXTS))
)
# Empty cells of these say nothing: there is no product without them.
_NEVER_EMPTY = {name for name in names(ProductFields) if not _product_field(name).blank or name in _FLAGS}
# An empty cell of these is none.
_NULLABLE = {*_PRICES[1:], *(name for name in _OF_VARIANT if _variant_field(name).null)}
# Codes of digits, which spreadsheets take for numbers.
_CODES = {"sku", *(name for name in _OF_VARIANT if isinstance(_variant_field(name), CharField))}
_SPREADSHEET_ERRORS = {
    "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
}  # fmt: skip
# Spreadsheets keep fifteen digits of a number and show more than eleven as a power of ten.
_CONTROL = re.compile(rf"[\0{CONTROLS}]")
_MOST_EXACT = 10**15
_SHORTENED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)
_REMEDIES = {
    "invalid_amount": _("Write a number with a point, such as 19.99."),
    "too_many_decimals": _("This has more decimals than the currency."),
    "amount_too_large": _("This amount is too large."),
}

Cells = dict[str, Any]


class ABSENT:
    """In a cell: this row does not have the column at all, unlike one that is empty."""


class UNCALCULATED:
    """In a cell: a formula that no spreadsheet has calculated, so that its value is not in the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """A column of a row that is written with another value."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one row of a file; `number` is where people find it there."""

    number: int
    sku: str
    name: str
    outcome: Outcome
    changes: list[Change] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """A variant as it is: its cells, and the product that it belongs to."""

    product_id: UUID
    cells: Cells


class ProductFileRow(ProductInput):
    """A row by the rules of the API, its category by slug."""

    category = serializers.CharField(max_length=220)  # type: ignore[assignment]


def export_rows(*, products: QuerySet[Product]) -> list[Cells]:
    """The rows of all variants of the products, product by product. Two queries.

    Raises InvalidInput for more than MOST_ROWS.
    """
    variants = Variant.objects.filter(product__in=products.order_by().values("pk"))
    rows = list(_whole(variants).order_by("product_id", "position", "id")[: MOST_ROWS + 1])
    if len(rows) > MOST_ROWS:
        message = _("These are more than %(most)d variants. Narrow the list by a filter or a search first.")
        raise InvalidInput(message % {"most": MOST_ROWS}, code="too_many_rows")
    return [_cells(variant) for variant in rows]


def import_rows(*, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Line]:
    """Write what the numbered rows of a file say, and tell what became of each; call it in a transaction.

    A column that is left out stays as it is, an empty cell empties what may be empty, and a cell that says what there
    is says nothing. If a line is refused, others may be written already: roll the transaction back. Rows of the same
    files take turns. A fixed few queries for any number of rows. Raises InvalidInput for columns that are not known.
    """
    require_transaction()
    check_columns(rows=rows)
    lock_until_commit(AdvisoryLock.PRODUCT_ROWS)
    skus = _skus(rows)
    before = _known(skus)
    wanted = [_read(sku, row, before.get(sku)) for sku, (_number, row) in zip(skus, rows, strict=True)]
    wanted = _without_lost_zeros(wanted, before)
    wanted = _without_contradictions(wanted, rows, before)
    results = _upsert(wanted)
    after = _known(skus)
    results = _with_currencies(results, before, after)
    return [
        _line((number, sku), result, before.get(sku), after.get(sku))
        for sku, (number, _row), result in zip(skus, rows, results, strict=True)
    ]


def text_of(cell: Any) -> str:
    """A cell as text: what spreadsheets make of numbers, flags and line ends taken back."""
    if cell is None or cell is ABSENT or cell is UNCALCULATED:
        return ""
    if isinstance(cell, bool):
        cell = "true" if cell else "false"
    elif isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    elif isinstance(cell, Decimal):
        cell = f"{cell:f}"
    elif isinstance(cell, dict):
        cell = json.dumps(cell, ensure_ascii=False)
    elif isinstance(cell, list):
        cell = ", ".join(map(str, cell))
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def _whole(variants: QuerySet[Variant]) -> QuerySet[Variant]:
    options = VariantOption.objects.select_related("option_type", "value")
    known = variants.select_related("product__category").prefetch_related(Prefetch("options", queryset=options))
    return known.annotate(public_ids=public_ids_of("pk"))


def _known(skus: Sequence[str]) -> dict[str, _Known]:
    # The database has no text with a NUL; the serializer says so of the cell.
    found = _whole(Variant.objects.filter(sku__in={sku for sku in skus if "\0" not in sku}))
    return {variant.sku: _Known(variant.product_id, _cells(variant)) for variant in found}


def _cells(variant: Variant) -> Cells:
    product: Any = variant.product
    prices = (variant.price, variant.compare_at, variant.cost)
    cells: Cells = {name: getattr(product, name, None) for name in COLUMNS}
    cells |= {name: None if price is None else price.amount for name, price in zip(_PRICES, prices, strict=True)}
    cells |= {name: getattr(variant, name) for name in ("sku", "currency", *_OF_VARIANT)}
    cells |= {name: text_of(cells[name]) for name in _FLAGS}
    cells["category"] = product.category.slug
    cells["options"] = _options(variant)
    cells["tags"] = ", ".join(product.tags)
    cells["picture_ids"] = ", ".join(variant.public_ids)  # type: ignore[attr-defined]
    cells["attributes"] = json.dumps(product.attributes, ensure_ascii=False) if product.attributes else ""
    return cells


def _options(variant: Variant) -> str:
    # In English, whoever asks: a file goes from one colleague to the next.
    chosen: list[Any] = sorted(variant.options.all(), key=lambda one: (one.option_type.position, one.option_type.code))
    return "; ".join(
        f"{one.option_type.name_en or one.option_type.code}: {one.value.name_en or one.value.code}" for one in chosen
    )


def check_columns(*, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Raise InvalidInput if the rows have a column that is not known, or none that says which variant a row is."""
    names = list(dict.fromkeys(str(name) for _number, row in rows for name in row))
    if unknown := [name for name in names if name not in COLUMNS]:
        message = _("There is no column “%(name)s”. The columns are: %(columns)s.")
        columns = ", ".join(COLUMNS)
        raise InvalidInput(message % {"name": unknown[0][:80], "columns": columns}, code="unknown_column")
    if "sku" not in names:
        raise InvalidInput(_("The file needs the column “sku”, which says which variant a row is."), code="no_sku")


def _skus(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[str]:
    """Each row's SKU as its variant has it: in other capitals or full-width letters it is the same."""
    given = [text_of(row.get("sku")) for _number, row in rows]
    stored = stored_skus(Variant.objects.all(), given)
    # Control characters are refused as in every text, not taken off.
    return [sku if _CONTROL.search(sku) else stored[sku] for sku in given]


def _read(sku: str, row: Mapping[str, Any], known: _Known | None) -> Row:
    """What a row says beyond what there is already."""
    current = known.cells if known else {}
    if errors := [error for name, cell in row.items() for error in _cell_errors(name, cell)]:
        return Row({}, errors)
    said = {name: text_of(cell) for name, cell in row.items() if cell is not ABSENT} | {"sku": sku}
    if errors := _file_errors(said, current):
        return Row({}, errors)
    fields = {
        name: _value(name, row.get(name), text)
        for name, text in said.items()
        if name not in ("options", "currency") and _says_something(name, text, current)
    }
    currency = said.get("currency", "").upper() or current.get("currency") or settings.SHOP_CURRENCY
    serializer = ProductFileRow(context={"currency": currency}, partial=True)
    try:
        return Row(serializer.run_validation(fields))
    except ValidationError as error:
        detail: Any = error.detail
        return Row({}, [_error(name, reason) for name, reasons in detail.items() for reason in _flat(reasons)])


def _says_something(name: str, text: str, current: Cells) -> bool:
    if name == "sku" or (name in _PRICES and text):
        return True
    if not text and (name in _NEVER_EMPTY or not current):
        return not current and name in ("name_en", "category", "price")
    return text != text_of(current.get(name))


def _value(name: str, cell: Any, text: str) -> Any:
    """A cell as the API takes it."""
    if name in ("tags", "picture_ids"):
        return [one.strip() for one in text.split(",") if one.strip()]
    if name == "attributes":
        return cell if isinstance(cell, dict) else _attributes(text)
    return None if not text and name in _NULLABLE else text


def _attributes(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text


def _cell_errors(name: str, cell: Any) -> Iterator[RowError]:
    """What a spreadsheet has made of a cell that somebody filled with something else."""
    if isinstance(cell, date | time | timedelta):
        message = _("The spreadsheet has made a date of this cell. Format the column as text and write it again.")
        yield RowError(name, "date_cell", str(message))
    elif cell is UNCALCULATED:
        message = _("This formula has no value yet. Open the file in a spreadsheet and save it, or write the value.")
        yield RowError(name, "formula_cell", str(message))
    elif isinstance(cell, bool) and name not in _FLAGS:
        message = _("The spreadsheet has made TRUE or FALSE of this cell. Format it as text and write it again.")
        yield RowError(name, "boolean_cell", str(message))
    elif isinstance(cell, str) and cell.strip().upper() in _SPREADSHEET_ERRORS:
        message = _("This cell holds an error of the spreadsheet (%(error)s). Write its value.")
        yield RowError(name, "error_cell", message % {"error": cell.strip()})
    elif name in _CODES and _is_shortened(cell):
        message = _("The spreadsheet has shortened this number. Format the column as text and write it again.")
        yield RowError(name, "shortened_number", str(message))


def _is_shortened(cell: Any) -> bool:
    """Whether digits of a code are lost: 4,00638E+12 in a CSV, or a number of more digits than a spreadsheet keeps."""
    if isinstance(cell, int | float | Decimal):
        return abs(float(cell)) >= _MOST_EXACT
    return isinstance(cell, str) and bool(_SHORTENED.fullmatch(cell.strip()))


def _without_lost_zeros(wanted: list[Row], before: Mapping[str, _Known]) -> list[Row]:
    """Refuse a number as a new SKU where a variant has it with zeros before it, which spreadsheets drop."""
    new = {sku for row in wanted if (sku := row.fields.get("sku", "")).isdecimal() and sku not in before}
    padded = Variant.objects.filter(sku__regex=f"^0+({'|'.join(sorted(new))})$") if new else Variant.objects.none()
    held = {sku.lstrip("0"): sku for sku in padded.values_list("sku", flat=True)}
    checked = []
    for row in wanted:
        other = held.get(row.fields.get("sku", ""))
        message = _("There is the SKU %(sku)s. Spreadsheets drop zeros: format the column as text and write them.")
        error = RowError("sku", "lost_zeros", message % {"sku": other})
        checked.append(row if other is None else Row({}, [error]))
    return checked


def _file_errors(said: Mapping[str, str], current: Cells) -> list[RowError]:
    """What only a file can get wrong."""
    errors = []
    currency = said.get("currency", "").upper()
    if currency and currency not in DECIMALS:
        message = _("%(currency)s is not a currency code.") % {"currency": currency[:16]}
        errors.append(RowError("currency", "unknown_currency", message))
    elif currency and current and currency != current["currency"] and not said.get("price"):
        message = str(_("Give the price in this currency, too."))
        errors.append(RowError("currency", "currency_without_price", message))
    if "options" in said and said["options"] != current.get("options", ""):
        message = str(_("A file does not change options. Use the variants matrix of the product."))
        errors.append(RowError("options", "options_differ", message))
    return errors


def _flat(reasons: Any) -> list[Any]:
    if isinstance(reasons, Mapping):
        reasons = reasons.values()
    return [one for reason in reasons for one in (_flat(reason) if isinstance(reason, list) else [reason])]


def _error(name: str, reason: Any) -> RowError:
    code = str(getattr(reason, "code", "invalid"))
    return RowError(name, code, str(_REMEDIES.get(code, reason)))


def _without_contradictions(
    wanted: list[Row], rows: Sequence[tuple[int, Mapping[str, Any]]], before: Mapping[str, _Known]
) -> list[Row]:
    """Refuse a row that wants something else of its product than a row above it."""
    said: dict[tuple[UUID, str], tuple[int, Any]] = {}
    checked = []
    for row, (number, _cells_of_row) in zip(wanted, rows, strict=True):
        known = before.get(row.fields.get("sku", ""))
        errors = list(row.errors)
        for name, value in row.fields.items():
            if known is None or name in OF_THE_VARIANT:
                continue
            first, other = said.setdefault((known.product_id, name), (number, value))
            if other != value:
                message = _("Row %(row)d says something else of the same product.") % {"row": first}
                errors.append(RowError(name, "contradiction", message))
        checked.append(Row({}, errors) if errors else row)
    return checked


def _upsert(wanted: list[Row]) -> list[RowResult]:
    try:
        return upsert_products(rows=wanted)
    except RowsRefused as refused:
        return [
            RowResult(one["index"], Outcome.REFUSED, errors=[RowError(**error) for error in one["errors"]])
            for one in refused.details["rows"]
        ]


def _with_currencies(
    results: list[RowResult], before: Mapping[str, _Known], after: Mapping[str, _Known]
) -> list[RowResult]:
    """Refuse the rows that would sell one product in more than one currency."""
    moved = {
        sku: known.product_id
        for sku, known in after.items()
        if sku in before and known.cells["currency"] != before[sku].cells["currency"]
    }
    counted = Variant.objects.filter(product__in=set(moved.values())).order_by().values("product")
    kinds = counted.annotate(kinds=Count("currency", distinct=True)).filter(kinds__gt=1)
    mixed = set(kinds.values_list("product", flat=True)) if moved else set()
    message = str(_("Give the prices of all variants in the same currency."))
    error = RowError("currency", "currency_mismatch", message)
    return [
        replace(one, outcome=Outcome.REFUSED, errors=[error]) if moved.get(one.sku or "") in mixed else one
        for one in results
    ]


def _line(place: tuple[int, str], result: RowResult, before: _Known | None, after: _Known | None) -> Line:
    now = after or before
    name = text_of(now.cells["name_en"]) if now else ""
    if result.errors or after is None:
        return Line(*place, name, Outcome.REFUSED, errors=[_said_of_file(one) for one in result.errors])
    old = before.cells if before else {}
    changes = [
        Change(column, was, becomes)
        for column in COLUMNS
        if (was := text_of(old.get(column))) != (becomes := text_of(after.cells[column]))
    ]
    outcome = Outcome.CREATED if before is None else Outcome.UPDATED if changes else Outcome.UNCHANGED
    return Line(*place, name, outcome, changes)


def _said_of_file(error: RowError) -> RowError:
    """The error by the file's name of the column."""
    column = "price" if error.field == "base_price" else error.field
    return RowError(column, error.code, str(_REMEDIES.get(error.code, error.message)))


def counts_of(lines: Sequence[Line]) -> dict[str, int]:
    """How many lines there are of each outcome."""
    counted = Counter(line.outcome for line in lines)
    return {str(outcome): counted[outcome] for outcome in Outcome}
