"""Writes to the catalogue that are more than saving one row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.codes import refused_constraint, taken_code
from catalog.errors import AmbiguousCategory, InUse, PublicIdTaken, SlugTaken
from catalog.fields import PlainValues, VariantFields, names
from catalog.media.variant_pictures import set_variant_pictures
from catalog.models import MAX_PRICE_MINOR, Category, Product, ProductImage, Variant
from catalog.publishing import require_ready
from core.db.ids import new_id
from core.db.locking import lock_rows
from core.errors import InvalidInput, NotFound
from core.money import Money

SLUG_LENGTH = 200


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


class ProductValues(PlainValues):
    """A product's plain fields, its texts in each language, and its one variant's SKU, prices and pictures."""

    name_en: NotRequired[str]
    name_fr: NotRequired[str]
    name_ar: NotRequired[str]
    description_en: NotRequired[str]
    description_fr: NotRequired[str]
    description_ar: NotRequired[str]
    category: NotRequired[Category]
    seo_title_en: NotRequired[str]
    seo_title_fr: NotRequired[str]
    seo_title_ar: NotRequired[str]
    seo_description_en: NotRequired[str]
    seo_description_fr: NotRequired[str]
    seo_description_ar: NotRequired[str]
    sku: NotRequired[str]
    base_price: NotRequired[Money]
    compare_at_price: NotRequired[Money | None]
    cost_price: NotRequired[Money | None]
    picture_ids: NotRequired[Sequence[str]]


class ImageFields(TypedDict):
    """A picture given by its address, and what it shows."""

    external_url: str
    public_id: NotRequired[str]
    alt_en: NotRequired[str]
    alt_fr: NotRequired[str]
    alt_ar: NotRequired[str]
    width: NotRequired[int]
    height: NotRequired[int]
    is_primary: NotRequired[bool]


class NewProductValues(ProductValues):
    """A product with its pictures; `new_category` names one to be made unless it is there by now."""

    new_category: NotRequired[str]
    images: NotRequired[Sequence[ImageFields]]


Row = TypeVar("Row", bound=models.Model)
OF_THE_VARIANT = (
    "sku", "base_price", "compare_at_price", "cost_price", *names(VariantFields), "picture_ids",
)  # fmt: skip
# Where products wait that came without a category; shoppers do not see it.
_UNSORTED = {"name_en": "Unsorted", "name_fr": "À classer", "name_ar": "غير مصنّف", "is_active": False}


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


def categories_called(*, name: str) -> QuerySet[Category]:
    """The categories with this name in any language, in whatever letter case."""
    return Category.objects.filter(Q(name_en__iexact=name) | Q(name_fr__iexact=name) | Q(name_ar__iexact=name))


@transaction.atomic
def category_called(*, name: str) -> Category:
    """The category with this name in any language, made at the root if there is none.

    Of two that make it at the same time, one finds the other's. Raises AmbiguousCategory.
    """
    if (found := _one_called(name)) is not None:
        return found
    try:
        return create_category(name_en=name, slug=slugify(name)[:SLUG_LENGTH] or f"category-{new_id().hex[-8:]}")
    except SlugTaken:
        return _one_called(name) or create_category(name_en=name)


def _one_called(name: str) -> Category | None:
    found = list(categories_called(name=name)[:2])
    if len(found) > 1:
        slugs = categories_called(name=name).order_by("slug").values_list("slug", flat=True)[:10]
        raise AmbiguousCategory(field="category", details={"slugs": list(slugs)})
    return found[0] if found else None


@transaction.atomic
def create_product(**fields: Unpack[NewProductValues]) -> Product:
    """Add a product with one variant; it needs `name_en`, `sku` and `base_price`, and is a draft unless told.

    Without a category it waits among the unsorted ones. The first picture is the primary one unless another is.
    Raises SlugTaken, SkuTaken, PublicIdTaken, UnknownPicture, NotReadyForSale, or InvalidInput for prices that do not
    fit.
    """
    images, new_category = fields.pop("images", ()), fields.pop("new_category", None)
    of_product, of_variant = _apart(dict(fields))
    if new_category:
        of_product["category"] = category_called(name=new_category)
    elif "category" not in of_product:
        of_product["category"] = Category.objects.get_or_create(slug="unsorted", defaults=_UNSORTED)[0]
    product = Product()
    _write(product, of_product)
    picture_ids = of_variant.pop("picture_ids", ())
    variant = Variant(product=product)
    _write_variant(variant, of_variant)
    _write_images(product, images)
    if picture_ids:
        set_variant_pictures(pictures={variant: picture_ids})
    if product.is_active:
        require_ready(product_id=product.pk)
    return product


@transaction.atomic
def update_product(*, product_id: UUID, **changes: Unpack[ProductValues]) -> Product:
    """Change what is given. Raises NotFound, or like create_product.

    What is on sale and lacks something for it raises NotReadyForSale. A product with several variants has no price or
    SKU of its own: InvalidInput `several_variants`.
    """
    product = _only(lock_rows(Product.objects.filter(pk=product_id)))
    of_product, of_variant = _apart(dict(changes))
    if of_variant:
        variants = lock_rows(Variant.objects.filter(product=product))
        if len(variants) != 1:
            message = _("This product has several variants. Change each by itself.")
            raise InvalidInput(message, code="several_variants", field=next(iter(of_variant)))
        if "picture_ids" in of_variant:
            set_variant_pictures(pictures={variants[0]: of_variant.pop("picture_ids")})
        _write_variant(variants[0], of_variant)
    _write(product, of_product)
    if product.is_active:
        require_ready(product_id=product.pk)
    return product


@transaction.atomic
def delete_product(*, product_id: UUID) -> None:
    """Delete a product that was never stocked. Raises NotFound, InUse."""
    _delete(_only(lock_rows(Product.objects.filter(pk=product_id))))


def _only(rows: list[Row]) -> Row:
    if not rows:
        raise NotFound
    return rows[0]


def _apart(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    of_variant = {name: fields.pop(name) for name in OF_THE_VARIANT if name in fields}
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
    """Set SKU, prices and weight as ProductValues has them, unsaved. Raises InvalidInput for prices that do not fit."""
    price = fields.pop("base_price", None)
    if isinstance(price, Money):
        if not 0 <= price.minor <= MAX_PRICE_MINOR:
            raise InvalidInput(_("Give a price of zero or more."), code="invalid_amount", field="base_price")
        variant.price_minor, variant.currency = price.minor, price.currency
    if "compare_at_price" in fields:
        compare_at = fields.pop("compare_at_price")
        variant.compare_at_minor = compare_at.minor if isinstance(compare_at, Money) else None
        if isinstance(compare_at, Money) and compare_at.currency != variant.currency:
            message = _("Give all amounts in the same currency.")
            raise InvalidInput(message, code="currency_mismatch", field="compare_at_price")
    if variant.compare_at_minor is not None and variant.compare_at_minor <= variant.price_minor:
        message = _("The compare-at price has to be above the price.")
        raise InvalidInput(message, code="compare_at_too_low", field="compare_at_price")
    _set_cost(variant, fields)
    for name, value in fields.items():
        setattr(variant, name, value)


def _set_cost(variant: Variant, fields: dict[str, object]) -> None:
    if "cost_price" not in fields:
        return
    cost = fields.pop("cost_price")
    variant.cost_minor = cost.minor if isinstance(cost, Money) else None
    if not isinstance(cost, Money):
        return
    if not 0 <= cost.minor <= MAX_PRICE_MINOR:
        raise InvalidInput(_("Give a price of zero or more."), code="invalid_amount", field="cost_price")
    if cost.currency != variant.currency:
        message = _("Give all amounts in the same currency.")
        raise InvalidInput(message, code="currency_mismatch", field="cost_price")


def _free_slug(row: Category | Product) -> str:
    slug = slugify(getattr(row, "name_en", ""))[:SLUG_LENGTH] or type(row).__name__.lower()
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
        constraint = refused_constraint(error)
        if (taken := taken_code(error)) is not None:
            raise taken from error
        if "slug" in constraint:
            raise SlugTaken(field="slug") from error
        if "public_id" in constraint:
            raise PublicIdTaken(field="images") from error
        raise


def _write_images(product: Product, images: Sequence[ImageFields]) -> None:
    primary = next((place for place, fields in enumerate(images) if fields.get("is_primary")), 0)
    with _uniqueness_named():
        for place, fields in enumerate(images):
            ProductImage(product=product, position=place, **fields | {"is_primary": place == primary}).save()
