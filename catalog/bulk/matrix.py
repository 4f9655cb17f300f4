"""All variants of a product at once: made from the combinations of options, and changed in one grid."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product as combinations_of
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.codes import UNIQUE_CODES, UniqueCode, taken_code
from catalog.errors import CombinationTaken, NeededOnSale, SkuTaken
from catalog.fields import GridFields, names
from catalog.models import MAX_PRICE_MINOR, OptionValue, Product, Variant, VariantOption
from catalog.skus import in_any_case, same_sku
from core.db.locking import lock_rows
from core.errors import DomainError, InvalidInput, NotFound
from core.money import Money
from core.text.codes import plain_code

MAX_VARIANTS = 100
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SKU_LENGTH = Variant._meta.get_field("sku").max_length or 0
_PLAIN = names(GridFields)
_COLUMNS = ("sku", "price", "compare_at", *_PLAIN, "is_active")
Combination = frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow(GridFields):
    """One row of the grid as it is to be. `seen` is the variant's `updated_at` when staff read the row."""

    id: UUID
    seen: datetime
    sku: str
    price: Money
    compare_at: Money | None
    is_active: bool


class CellErrors(DomainError):
    """Some cells of the grid cannot be saved; `cells` names each by variant and column. Nothing was written."""

    code = "cells"
    message = _("Please correct the cells that are marked. Nothing was saved.")
    status = 422

    def __init__(self, cells: Mapping[tuple[UUID, str], DomainError]) -> None:
        super().__init__()
        self.cells = cells


@transaction.atomic
def generate_variants(
    *,
    product_id: UUID,
    value_ids: Collection[UUID],
    sku_pattern: str,
    price: Money,
    weight_grams: int | None = None,
) -> list[Variant]:
    """Add a variant, without stock, for every combination of the option values that no variant stands for yet.

    `sku_pattern` takes the code of a combination's value for `{code of an option}` and all codes, joined by dashes,
    for `{options}`. Returns the new variants; an empty list if nothing is missing. Raises NotFound, SkuTaken naming
    the SKUs, or InvalidInput for no values, too many variants, a price out of range, a currency other than that of
    the product's variants, or a pattern that does not tell the variants apart.
    """
    product = _locked(product_id)
    variants = list(Variant.objects.filter(product=product).prefetch_related("options"))
    _check_price(price, {variant.currency for variant in variants})
    missing = _missing(value_ids, variants)
    skus = [_sku(sku_pattern, values) for values in missing]
    _check_free(skus)
    position = max((variant.position for variant in variants), default=-1) + 1
    made = [
        Variant(
            product=product,
            sku=sku,
            price_minor=price.minor,
            currency=price.currency,
            weight_grams=weight_grams,
            position=position + index,
        )
        for index, sku in enumerate(skus)
    ]
    options = [
        VariantOption(variant=variant, option_type_id=value.option_type_id, value=value)
        for variant, values in zip(made, missing, strict=True)
        for value in values
    ]
    try:
        with transaction.atomic():
            Variant.objects.bulk_create(made)
            VariantOption.objects.bulk_create(options)
    except IntegrityError as error:
        raise SkuTaken(field="sku_pattern") from error
    check_combinations()
    return made


@transaction.atomic
def update_variants(*, product_id: UUID, rows: Sequence[VariantRow]) -> int:
    """Write what changed in the rows of a product's variants, all or none; returns how many variants changed.

    Raises NotFound, or CellErrors naming each cell at fault: a SKU that another has, a compare-at price not above
    the price, another currency, a row that somebody else changed after `seen`.
    """
    product = _locked(product_id)
    variants = {row.pk: row for row in lock_rows(Variant.objects.filter(product=product_id))}
    if any(row.id not in variants for row in rows):
        raise NotFound
    changed = [row for row in rows if _differs(variants[row.id], row)]
    cells = _cell_errors(changed, variants)
    kept = {row.pk for row in variants.values() if row.is_active} - {row.id for row in changed if not row.is_active}
    if product.is_active and not kept | {row.id for row in changed if row.is_active}:
        cells |= {(row.id, "is_active"): NeededOnSale() for row in changed if variants[row.id].is_active}
    if cells:
        raise CellErrors(cells)
    for row in changed:
        variant = variants[row.id]
        variant.sku, variant.is_active = row.sku, row.is_active
        for name in _PLAIN:
            setattr(variant, name, getattr(row, name))
        variant.price_minor, variant.currency = row.price.minor, row.price.currency
        variant.compare_at_minor = row.compare_at.minor if row.compare_at else None
        variant.updated_at = timezone.now()
    _write([variants[row.id] for row in changed])
    return len(changed)


def check_combinations() -> None:
    """Ask the database now, not at the end of the transaction. Raises CombinationTaken."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS catalog_variant_one_a_combination IMMEDIATE")
            cursor.execute("SET CONSTRAINTS catalog_variant_one_a_combination DEFERRED")
    except IntegrityError as error:
        raise CombinationTaken from error


def _locked(product_id: UUID) -> Product:
    rows = lock_rows(Product.objects.filter(pk=product_id))
    if not rows:
        raise NotFound
    return rows[0]


def _check_price(price: Money, currencies: Collection[str]) -> None:
    if not 0 <= price.minor <= MAX_PRICE_MINOR:
        raise InvalidInput(code="invalid_amount", field="price")
    if set(currencies) - {price.currency}:
        message = _("The product's variants are priced in another currency.")
        raise InvalidInput(message, code="currency_mismatch", field="price")


def _missing(value_ids: Collection[UUID], variants: Collection[Variant]) -> list[tuple[OptionValue, ...]]:
    """The combinations that no variant has, in the order of options and values."""
    by_option: dict[UUID, list[OptionValue]] = defaultdict(list)
    values = OptionValue.objects.filter(pk__in=value_ids).select_related("option_type")
    for value in values.order_by("option_type__position", "option_type__code", "position", "code"):
        by_option[value.option_type_id].append(value)
    if not by_option or sum(map(len, by_option.values())) != len(set(value_ids)):
        raise InvalidInput(_("Choose the values to combine."), code="no_values", field="values")
    there: set[Combination] = {frozenset(option.value_id for option in variant.options.all()) for variant in variants}
    count = math.prod(len(of_option) for of_option in by_option.values())
    # Counted before they are made: ten options of ten values would be ten thousand million.
    if count > MAX_VARIANTS:
        raise _too_many(count)
    missing = [
        values
        for values in combinations_of(*by_option.values())
        if frozenset(value.pk for value in values) not in there
    ]
    if len(missing) + len(variants) > MAX_VARIANTS:
        raise _too_many(len(missing) + len(variants))
    return missing


def _too_many(count: int) -> InvalidInput:
    message = _("That would be %(count)s variants; a product has %(most)s at most.")
    return InvalidInput(
        message % {"count": count, "most": MAX_VARIANTS},
        code="too_many_variants",
        field="values",
        details={"count": count, "most": MAX_VARIANTS},
    )


def _sku(pattern: str, values: Sequence[OptionValue]) -> str:
    codes = {value.option_type.code: value.code.upper() for value in values}
    asked = set(_PLACEHOLDER.findall(pattern))
    if unknown := sorted(asked - {"options", *codes}):
        message = _("{%(name)s} is not one of the chosen options.")
        raise InvalidInput(message % {"name": unknown[0]}, code="unknown_placeholder", field="sku_pattern")
    if "options" not in asked and set(codes) - asked:
        message = _("Use {options}, or each option by its code, so that no two SKUs are the same.")
        raise InvalidInput(message, code="ambiguous_pattern", field="sku_pattern")
    whole = {"options": "-".join(codes.values())} | codes
    sku = _PLACEHOLDER.sub(lambda match: whole[match[1]], plain_code(pattern))
    if len(sku) > _SKU_LENGTH:
        raise InvalidInput(code="too_long", field="sku_pattern", details={"max_length": _SKU_LENGTH})
    return sku


def _check_free(skus: Sequence[str]) -> None:
    folded = [same_sku(sku) for sku in skus]
    taken = sorted(Variant.objects.filter(in_any_case(skus)).values_list("sku", flat=True)) or sorted(
        {sku for sku in skus if folded.count(same_sku(sku)) > 1}
    )
    if taken:
        message = _("These SKUs are taken: %(skus)s.")
        raise SkuTaken(message % {"skus": ", ".join(taken[:5])}, field="sku_pattern", details={"skus": taken[:5]})


def _differs(variant: Variant, row: VariantRow) -> bool:
    return any(getattr(variant, name) != getattr(row, name) for name in _COLUMNS)


def _cell_errors(rows: Sequence[VariantRow], variants: Mapping[UUID, Variant]) -> dict[tuple[UUID, str], DomainError]:
    after = {variant.pk: variant.currency for variant in variants.values()}
    currencies = {*(after | {row.id: row.price.currency for row in rows}).values()}
    cells: dict[tuple[UUID, str], DomainError] = {}
    for code in UNIQUE_CODES:
        cells |= {(row_id, code.name): code.taken() for row_id in _taken(code, rows, variants)}
    for row in rows:
        if row.seen != variants[row.id].updated_at:
            message = _("Somebody else changed this row meanwhile. Load the page again.")
            cells[row.id, "sku"] = DomainError(message, code="changed_meanwhile")
        elif not plain_code(row.sku) or len(row.sku) > _SKU_LENGTH:
            cells[row.id, "sku"] = InvalidInput(code="invalid_sku", details={"max_length": _SKU_LENGTH})
        cells |= {(row.id, column): error for column, error in _value_errors(row, currencies).items()}
    return cells


def _taken(code: UniqueCode, rows: Sequence[VariantRow], variants: Mapping[UUID, Variant]) -> list[UUID]:
    """The rows whose code another variant has, or another row wants."""
    wanted = {row.id: getattr(row, code.name) for row in rows}
    after = {variant.pk: getattr(variant, code.name) for variant in variants.values()} | wanted
    counts = Counter(code.same(value) for value in after.values() if value)
    others = Variant.objects.filter(code.held(filter(None, wanted.values()))).exclude(pk__in=variants)
    counts.update(code.same(value) for value in others.values_list(code.name, flat=True))
    return [row_id for row_id, value in wanted.items() if value and counts[code.same(value)] > 1]


def _value_errors(row: VariantRow, currencies: Collection[str]) -> dict[str, DomainError]:
    errors: dict[str, DomainError] = {}
    if not 0 <= row.price.minor <= MAX_PRICE_MINOR:
        errors["price"] = InvalidInput(code="invalid_amount")
    elif len(currencies) > 1:
        message = _("Give the prices of all variants in the same currency.")
        errors["price"] = InvalidInput(message, code="currency_mismatch")
    if row.compare_at and row.compare_at.currency != row.price.currency:
        errors["compare_at"] = InvalidInput(_("Give all amounts in the same currency."), code="currency_mismatch")
    elif row.compare_at and row.compare_at.minor <= row.price.minor:
        message = _("The compare-at price has to be above the price.")
        errors["compare_at"] = InvalidInput(message, code="compare_at_too_low")
    return errors | _plain_errors(row)


def _plain_errors(row: VariantRow) -> dict[str, DomainError]:
    errors: dict[str, DomainError] = {}
    for name in _PLAIN:
        field: Any = Variant._meta.get_field(name)
        try:
            field.clean(getattr(row, name), None)
        except ValidationError as error:
            errors[name] = InvalidInput(error.messages[0], code="invalid_cell")
    return errors


def _write(variants: Sequence[Variant]) -> None:
    try:
        with transaction.atomic():
            # Two variants may swap their codes: first all give them up.
            for variant in variants:
                _give_up_codes(variant)
            Variant.objects.bulk_update(
                variants,
                ["sku", "price_minor", "compare_at_minor", "currency", *_PLAIN, "is_active", "updated_at"],
            )
    except IntegrityError as error:
        raise taken_code(error) or SkuTaken() from error


def _give_up_codes(variant: Variant) -> None:
    row = Variant.objects.filter(pk=variant.pk)
    row.exclude(sku=variant.sku).update(sku=str(variant.pk))
    for code in UNIQUE_CODES:
        if code.name != "sku":  # which no variant is without
            held = row.filter(**{f"{code.name}__isnull": False})
            held.exclude(**{code.name: getattr(variant, code.name)}).update(**{code.name: None})
