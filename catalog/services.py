"""Writes to the catalogue that are more than saving one row."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NotRequired, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.errors import InUse, SkuTaken, SlugTaken
from catalog.models import MAX_PRICE_MINOR, Category, Product, Variant
from core.db import lock_rows
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.money import Money

_BATCH = 1_000
_SLUG_LENGTH = 200


class CategoryFields(TypedDict):
    """What a category says in each language, and where it hangs; a root has no parent."""

    name_en: NotRequired[str]
    name_fr: NotRequired[str]
    name_ar: NotRequired[str]
    description_en: NotRequired[str]
    description_fr: NotRequired[str]
    description_ar: NotRequired[str]
    slug: NotRequired[str]
    parent: NotRequired[Category | None]
    is_active: NotRequired[bool]


class ProductFields(TypedDict):
    """What a product says in each language, and its one variant's SKU, price, compare-at price and weight."""

    name_en: NotRequired[str]
    name_fr: NotRequired[str]
    name_ar: NotRequired[str]
    description_en: NotRequired[str]
    description_fr: NotRequired[str]
    description_ar: NotRequired[str]
    slug: NotRequired[str]
    category: NotRequired[Category]
    brand: NotRequired[str]
    tax_class: NotRequired[str]
    is_active: NotRequired[bool]
    is_featured: NotRequired[bool]
    sku: NotRequired[str]
    base_price: NotRequired[Money]
    compare_at_price: NotRequired[Money | None]
    weight_grams: NotRequired[int | None]


Row = TypeVar("Row", bound=models.Model)
_OF_THE_VARIANT = ("sku", "base_price", "compare_at_price", "weight_grams")


@transaction.atomic
def create_category(**fields: Unpack[CategoryFields]) -> Category:
    """Add a category below its parent, last among its siblings; it needs `name_en`. Raises SlugTaken."""
    category = Category()
    _write(category, dict(fields))
    return category


@transaction.atomic
def update_category(*, category_id: UUID, **changes: Unpack[CategoryFields]) -> Category:
    """Change what is given. Raises NotFound, SlugTaken, or InvalidInput for a parent below the category itself."""
    # All are locked: two moves at once could each be right and together make a ring.
    nodes = {node.pk: node for node in lock_rows(Category.objects.all())}
    category = _only([node for node in nodes.values() if node.pk == category_id])
    parent = changes.get("parent")
    above = parent.pk if parent else None
    while above is not None:
        if above == category_id:
            raise InvalidInput(_("A category cannot be below itself."), code="ring", field="parent")
        above = nodes[above].parent_id
    _write(category, dict(changes))
    return category


@transaction.atomic
def delete_category(*, category_id: UUID) -> None:
    """Delete an empty category. Raises NotFound, or InUse for one with products or categories below it."""
    category = _only(lock_rows(Category.objects.filter(pk=category_id)))
    if Category.objects.filter(parent=category).exists():
        raise InUse
    _delete(category)


@transaction.atomic
def create_product(**fields: Unpack[ProductFields]) -> Product:
    """Add a product with one variant; it needs `name_en`, `category`, `sku` and `base_price`.

    Raises SlugTaken, SkuTaken, or InvalidInput for prices that do not fit.
    """
    product = Product()
    of_product, of_variant = _apart(dict(fields))
    _write(product, of_product)
    _write_variant(Variant(product=product), of_variant)
    return product


@transaction.atomic
def update_product(*, product_id: UUID, **changes: Unpack[ProductFields]) -> Product:
    """Change what is given. Raises NotFound, or like create_product.

    A product with several variants has no price or SKU of its own: InvalidInput `several_variants`.
    """
    product = _only(lock_rows(Product.objects.filter(pk=product_id)))
    of_product, of_variant = _apart(dict(changes))
    if of_variant:
        variants = lock_rows(Variant.objects.filter(product=product))
        if len(variants) != 1:
            message = _("This product has several variants. Change each by itself.")
            raise InvalidInput(message, code="several_variants", field=next(iter(of_variant)))
        _write_variant(variants[0], of_variant)
    _write(product, of_product)
    return product


@transaction.atomic
def delete_product(*, product_id: UUID) -> None:
    """Delete a product that was never stocked. Raises NotFound, InUse."""
    _delete(_only(lock_rows(Product.objects.filter(pk=product_id))))


def refresh_search_text(*, product_ids: Iterable[UUID] | None = None) -> int:
    """Fold the names again of products that were written in SQL; all products without ids.

    Folding needs Python (the database has no ICU); rows are read in batches and only changed ones written.
    Returns how many changed.
    """
    products = Product.objects.order_by("id")
    if product_ids is not None:
        products = products.filter(pk__in=list(product_ids))
    changed: list[Product] = []
    count = 0
    for product in products.iterator(chunk_size=_BATCH):
        if (folded := product.folded_text()) != product.search_text:
            product.search_text = folded
            changed.append(product)
        if len(changed) == _BATCH:
            count += Product.objects.bulk_update(changed, ["search_text"])
            changed = []
    return count + (Product.objects.bulk_update(changed, ["search_text"]) if changed else 0)


def _only(rows: list[Row]) -> Row:
    if not rows:
        raise NotFound
    return rows[0]


def _apart(fields: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    of_variant = {name: fields.pop(name) for name in _OF_THE_VARIANT if name in fields}
    return fields, of_variant


def _write(row: Category | Product, fields: dict[str, object]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    if not row.slug:
        row.slug = _free_slug(row)
    with _uniqueness_named():
        row.save()


def _write_variant(variant: Variant, fields: dict[str, object]) -> None:
    set_variant_fields(variant, fields)
    with _uniqueness_named():
        variant.save()


def set_variant_fields(variant: Variant, fields: dict[str, object]) -> None:
    """Set SKU, prices and weight as ProductFields has them, unsaved. Raises InvalidInput for prices that do not fit."""
    price = fields.pop("base_price", None)
    if isinstance(price, Money):
        if not 0 <= price.minor <= MAX_PRICE_MINOR:
            raise InvalidInput(code="invalid_amount", field="base_price")
        variant.price_minor, variant.currency = price.minor, price.currency
    if "compare_at_price" in fields:
        compare_at = fields.pop("compare_at_price")
        variant.compare_at_minor = compare_at.minor if isinstance(compare_at, Money) else None
        if isinstance(compare_at, Money) and compare_at.currency != variant.currency:
            raise InvalidInput(code="currency_mismatch", field="compare_at_price")
    if variant.compare_at_minor is not None and variant.compare_at_minor <= variant.price_minor:
        message = _("The compare-at price has to be above the price.")
        raise InvalidInput(message, code="compare_at_too_low", field="compare_at_price")
    for name, value in fields.items():
        setattr(variant, name, value)


def _free_slug(row: Category | Product) -> str:
    slug = slugify(getattr(row, "name_en", ""))[:_SLUG_LENGTH] or type(row).__name__.lower()
    is_taken = type(row).objects.filter(slug=slug).exists()
    return f"{slug}-{new_id().hex[-8:]}" if is_taken else slug


def _delete(row: models.Model) -> None:
    try:
        row.delete()
    except models.ProtectedError as error:
        raise InUse from error


@contextmanager
def _uniqueness_named() -> Iterator[None]:
    """Name the field whose unique index refused a row; asking before would lose against a request at the same time."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))
        if "sku" in constraint:
            raise SkuTaken(field="sku") from error
        if "slug" in constraint:
            raise SlugTaken(field="slug") from error
        raise
