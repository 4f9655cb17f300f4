"""Many products in one call: set-based, each row saved or refused by itself, safe beside every other writer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.codes import UNIQUE_CODES, UniqueCode
from catalog.errors import NotReadyForSale, SkuTaken, SlugTaken
from catalog.media.variant_pictures import (
    images_by_public_id,
    public_ids_by_variant,
    require_pictures,
    set_variant_pictures,
)
from catalog.models import Category, Product, Variant
from catalog.publishing import NAME, PICTURE, lacking_for_sale
from catalog.search.words import set_search_text
from catalog.services import OF_THE_VARIANT, SLUG_LENGTH, set_variant_fields
from catalog.skus import in_any_case, same_sku
from core.db.advisory_locks import AdvisoryLock, lock_until_commit
from core.db.locking import lock_rows
from core.errors import DomainError, FieldFault, InvalidInput

MAX_ROWS = 1_000
_TRIES = 3
_REQUIRED = ("name_en", "category", "sku", "base_price")

Origin = tuple[str, str]
Fields = dict[str, Any]
Written = TypeVar("Written", Product, Variant)


class RowsRefused(DomainError):
    """Rows that cannot be saved; `details["rows"]` has the index and the errors of each."""

    code = "rows_refused"
    message = _("Nothing was saved. Please correct the rows named in details.")
    status = 422

    def field_faults(self) -> dict[str, FieldFault]:
        return {
            f"rows.{row['index']}.{error['field']}": FieldFault(error["code"], error["message"])
            for row in self.details["rows"]
            for error in row["errors"]
        }


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row is refused: the field at fault, a stable code and a sentence."""

    field: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


@dataclass(frozen=True, slots=True)
class Row:
    """The ProductValues that a row has, with the category by id or slug; or why it was refused before it came here.

    A row is known by `source` and `source_key`, which name a product, or else by `sku`, which names a variant.
    """

    fields: Fields
    errors: list[RowError] = field(default_factory=list)

    @property
    def origin(self) -> Origin | None:
        source, key = self.fields.get("source"), self.fields.get("source_key")
        return (source, key) if source and key else None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row at `index`; a refused one has errors and no product."""

    index: int
    outcome: Outcome
    product_id: UUID | None = None
    sku: str | None = None
    errors: list[RowError] = field(default_factory=list)


def currencies_of(*, skus: Iterable[str], origins: Iterable[Origin]) -> dict[str | Origin, str]:
    """The currency in which what these name is sold, for prices that come as plain numbers. One query."""
    given = list(skus)
    named = in_any_case(given) | _of_origins(origins, "product__")
    found: dict[str | Origin, str] = {}
    currencies: dict[str, str] = {}
    rows = Variant.objects.filter(named).values_list("sku", "currency", "product__source", "product__source_key")
    for sku, currency, source, key in rows:
        currencies[same_sku(sku)] = currency
        if source and key:
            found[source, key] = currency
    return found | {sku: currencies[same_sku(sku)] for sku in given if same_sku(sku) in currencies}


@transaction.atomic
def upsert_products(*, rows: Sequence[Row], all_or_nothing: bool = False) -> list[RowResult]:
    """Add or change a product and its variant for every row, by the rules of single writes, in a fixed few queries.

    Raises RowsRefused if no row can be saved, or with `all_or_nothing` if one cannot; then nothing has changed.

    These calls take turns, so that two with the same SKUs in another order never wait for each other. Within one,
    products are locked before variants, by id, and rows that refer to them may come meanwhile: orders go on. If a
    single write takes a SKU or an address first, all is read again.
    """
    lock_until_commit(AdvisoryLock.PRODUCT_ROWS)
    for _try in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return _upsert(rows, all_or_nothing)
        except IntegrityError:
            continue
    return _upsert(rows, all_or_nothing)


def _upsert(rows: Sequence[Row], all_or_nothing: bool) -> list[RowResult]:
    shelf = _Shelf([row for row in rows if not row.errors])
    results = [_place(shelf, index, row) for index, row in enumerate(rows)]
    refused = [result for result in results if result.outcome is Outcome.REFUSED]
    if refused and (all_or_nothing or len(refused) == len(results)):
        named = [{"index": one.index, "errors": [error.as_dict() for error in one.errors]} for one in refused]
        raise RowsRefused(details={"rows": named})
    shelf.save()
    return results


def _place(shelf: "_Shelf", index: int, row: Row) -> RowResult:
    errors = row.errors
    if not errors:
        try:
            outcome, variant = shelf.place(row)
        except DomainError as error:
            errors = [RowError(error.field or "sku", error.code, str(error.message))]
        except _Missing as missing:
            errors = [RowError(name, "required", str(_("This field is required."))) for name in missing.fields]
        else:
            return RowResult(index, outcome, variant.product_id, variant.sku)
    return RowResult(index, Outcome.REFUSED, errors=errors)


class _Missing(Exception):
    """What a new product needs and the row does not have."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields)
        self.fields = fields


class _Shelf:
    """What there is of all that the rows name, read under lock. Rows are placed one by one and saved at once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._categories = _named_categories({row.fields["category"] for row in rows if "category" in row.fields})
        products = _named_products(rows)
        self._products = {product.pk: product for product in products}
        self._by_origin = {(product.source, product.source_key): product.pk for product in products if product.source}
        variants = lock_rows(Variant.objects.filter(product__in=products), no_key=True)
        self._by_sku = {same_sku(variant.sku): variant for variant in variants}
        self._skus_of: dict[UUID, list[str]] = defaultdict(list)
        for variant in variants:
            self._skus_of[variant.product_id].append(same_sku(variant.sku))
        self._slugs = _taken_slugs(rows)
        self._lacking = lacking_for_sale(product_ids=list(self._products))
        # Two queries more, if any row says something of pictures.
        names_pictures = any("picture_ids" in row.fields for row in rows)
        self._images = images_by_public_id(product_ids=list(self._products)) if names_pictures else {}
        self._shown_by = public_ids_by_variant(variants) if names_pictures else {}
        self._pictures: dict[Variant, list[str]] = {}
        self._placed: set[UUID] = set()
        # Of SKUs, by which rows are known, `_by_sku` says it.
        self._holders = {code: _code_holders(code, rows) for code in UNIQUE_CODES if code.name != "sku"}
        self._new: set[UUID] = set()
        self._changed: dict[UUID, Product | Variant] = {}
        self._columns: dict[type[models.Model], set[str]] = {Product: {"search_text"}, Variant: set()}

    def place(self, row: Row) -> tuple[Outcome, Variant]:
        """Take over what a row says. Raises DomainError or _Missing; then the shelf is as before."""
        found = self._found(row)
        if found is None:
            return Outcome.CREATED, self._add(row)
        product, variant = found
        if "sku" in row.fields:
            # In other capitals it is the same, and stays as it is.
            row = replace(row, fields=row.fields | {"sku": variant.sku})
        if variant.pk in self._placed:
            raise InvalidInput(_("Another row has the same product."), code="duplicate_row", field="sku")
        changed_variant = self._with_variant_fields(variant, row)
        changed_product = self._with_product_fields(product, row)
        has_other_pictures = self._with_pictures(changed_variant, row)
        self._place_codes(changed_variant)
        changed = [self._keep(changed_product, product), self._keep(changed_variant, variant), has_other_pictures]
        return Outcome.UPDATED if any(changed) else Outcome.UNCHANGED, changed_variant

    def save(self) -> None:
        """Write what is new or changed: at most four statements and one that reads; for pictures three more."""
        # The plain column of a translated one is filled from the active language.
        with translation.override(settings.MODELTRANSLATION_DEFAULT_LANGUAGE):
            for model in (Product, Variant):
                mine: list[Any] = [row for row in self._changed.values() if isinstance(row, model)]
                if model is Product:
                    set_search_text(mine)
                model._default_manager.bulk_create(row for row in mine if row.pk in self._new)
                _update(model, [row for row in mine if row.pk not in self._new], self._columns[model])
        if self._pictures:
            set_variant_pictures(pictures=self._pictures)

    def _found(self, row: Row) -> tuple[Product, Variant] | None:
        sku = row.fields.get("sku")
        by_sku = self._by_sku.get(same_sku(sku)) if sku else None
        if row.origin is None:
            if not sku:
                raise _Missing(["sku"])
            return (self._products[by_sku.product_id], by_sku) if by_sku else None
        product_id = self._by_origin.get(row.origin)
        if product_id is None:
            if by_sku:
                raise SkuTaken(field="sku")
            return None
        return self._products[product_id], self._variant_of(product_id, by_sku, row)

    def _variant_of(self, product_id: UUID, by_sku: Variant | None, row: Row) -> Variant:
        if by_sku and by_sku.product_id == product_id:
            return by_sku
        if by_sku:
            raise SkuTaken(field="sku")
        if "sku" in row.fields:
            # Renaming locks out the orders that refer to the variant; of many rows at once that could end in a knot.
            raise InvalidInput(_("Change the SKU of a product by itself."), code="sku_differs", field="sku")
        if len(self._skus_of[product_id]) != 1:
            message = _("This product has several variants. Name one by its SKU.")
            raise InvalidInput(message, code="several_variants", field="sku")
        return self._by_sku[self._skus_of[product_id][0]]

    def _add(self, row: Row) -> Variant:
        if missing := [name for name in _REQUIRED if name not in row.fields]:
            raise _Missing(missing)
        product = Product(source=row.fields.get("source"), source_key=row.fields.get("source_key"))
        product = self._with_product_fields(product, row)
        variant = self._with_variant_fields(Variant(product_id=product.pk), row)
        self._with_pictures(variant, row)
        self._new |= {product.pk, variant.pk}
        self._products[product.pk], self._by_sku[same_sku(variant.sku)] = product, variant
        self._skus_of[product.pk].append(same_sku(variant.sku))
        if row.origin:
            self._by_origin[row.origin] = product.pk
        self._slugs[product.slug] = product.pk
        self._place_codes(variant)
        self._changed |= {product.pk: product, variant.pk: variant}
        return variant

    def _with_product_fields(self, product: Product, row: Row) -> Product:
        changed = copy(product)
        for name, value in row.fields.items():
            if name == "category":
                changed.category_id = self._category(value)
            elif name not in OF_THE_VARIANT:
                setattr(changed, name, value)
        changed.slug = changed.slug or self._free_slug(changed)
        if self._slugs.get(changed.slug, changed.pk) != changed.pk:
            raise SlugTaken(field="slug")
        # A new one has no picture yet; a name no row can take away.
        lacking = self._lacking.get(changed.pk, []) if changed.pk in self._products else [PICTURE]
        if changed.is_active and (missing := [what for what in lacking if what != NAME]):
            raise NotReadyForSale(missing)
        return changed

    def _with_variant_fields(self, variant: Variant, row: Row) -> Variant:
        changed = copy(variant)
        named = {name: row.fields[name] for name in OF_THE_VARIANT if name in row.fields and name != "picture_ids"}
        set_variant_fields(changed, named)
        for code, holders in self._holders.items():
            if (value := getattr(changed, code.name)) and holders.get(code.same(value), changed.pk) != changed.pk:
                raise code.taken(field=code.name)
        return changed

    def _place_codes(self, variant: Variant) -> None:
        self._placed.add(variant.pk)
        for code, holders in self._holders.items():
            if value := getattr(variant, code.name):
                holders[code.same(value)] = variant.pk

    def _with_pictures(self, variant: Variant, row: Row) -> bool:
        """Note which pictures a row gives its variant; whether they are others than before."""
        if "picture_ids" not in row.fields:
            return False
        wanted = list(dict.fromkeys(row.fields["picture_ids"]))
        require_pictures(self._images, product_id=variant.product_id, public_ids=wanted)
        if wanted == self._shown_by.get(variant.pk, []):
            return False
        self._pictures[variant] = wanted
        return True

    def _category(self, key: str) -> UUID:
        if (category_id := self._categories.get(key)) is None:
            raise InvalidInput(_("There is no such category."), code="unknown_category", field="category")
        return category_id

    def _free_slug(self, product: Product) -> str:
        slug = _slug_of(product.name_en)  # type: ignore[attr-defined]
        return f"{slug}-{product.pk.hex[-8:]}" if slug in self._slugs else slug

    def _keep(self, changed: Written, before: Written) -> bool:
        old = vars(before)
        columns = {name for name, value in vars(changed).items() if name[0] != "_" and value != old.get(name)}
        if not columns:
            return False
        self._changed[changed.pk] = changed
        self._columns[type(changed)] |= columns
        if isinstance(changed, Product):
            self._products[changed.pk] = changed
            self._slugs[changed.slug] = changed.pk
        return True


def _code_holders(code: UniqueCode, rows: Sequence[Row]) -> dict[str, UUID]:
    """The variants that have the codes that rows name. At most one query."""
    named = [value for row in rows if (value := row.fields.get(code.name))]
    held = Variant.objects.filter(code.held(named)).values_list(code.name, "pk")
    return {code.same(value): variant_id for value, variant_id in held}


def _named_categories(keys: set[str]) -> dict[str, UUID]:
    # Locked by id: writing products looks at their categories in any order, and moving one locks all.
    found = lock_rows(Category.objects.filter(Q(slug__in=keys) | Q(pk__in=_uuids(keys))), no_key=True)
    return {key: node.pk for node in found for key in (str(node.pk), node.slug)}


def _named_products(rows: Sequence[Row]) -> list[Product]:
    skus = [row.fields["sku"] for row in rows if "sku" in row.fields]
    named = Q(pk__in=Variant.objects.filter(in_any_case(skus)).values("product_id"))
    origins = [row.origin for row in rows if row.origin]
    return lock_rows(Product.objects.filter(named | _of_origins(origins, "")), no_key=True)


def _of_origins(origins: Iterable[Origin], prefix: str) -> Q:
    keys: dict[str, list[str]] = defaultdict(list)
    for source, key in origins:
        keys[source].append(key)
    named = Q(pk__in=[])
    for source, its in keys.items():
        named |= Q(**{f"{prefix}source": source, f"{prefix}source_key__in": its})
    return named


def _taken_slugs(rows: Sequence[Row]) -> dict[str, UUID]:
    wanted = {row.fields.get("slug") or _slug_of(row.fields.get("name_en", "")) for row in rows}
    return dict(Product.objects.filter(slug__in=wanted).values_list("slug", "pk"))


def _slug_of(name: str) -> str:
    return slugify(name)[:SLUG_LENGTH] or "product"


def _uuids(keys: Iterable[str]) -> list[UUID]:
    found = []
    for key in keys:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    return found


def _update(model: type[models.Model], rows: Sequence[Any], columns: set[str]) -> None:
    """All rows in one INSERT … ON CONFLICT (id) DO UPDATE; a CASE for every row and column would take seconds."""
    plain = {name.removesuffix("_en") for name in columns}
    fields = [one.name for one in model._meta.concrete_fields if {one.name, one.attname} & (columns | plain)]
    if rows:
        written = [*fields, "updated_at"]
        model._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=written)
