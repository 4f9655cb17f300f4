"""Reads of the catalogue with their prefetching."""

from collections.abc import Iterable, Sequence
from functools import cache
from uuid import UUID

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.db.models.expressions import RawSQL

from catalog.models import Category, Product, ProductImage, Variant, VariantOption
from catalog.querysets import ProductQuerySet
from core.db.locking import prepared_rows
from core.fast.compiled import Compiled, Param
from core.fast.related import set_prefetched

_DESCENDANTS = """
    WITH RECURSIVE below (id) AS (
        SELECT {root}
        UNION SELECT child.id FROM catalog_category AS child JOIN below ON child.parent_id = below.id
    )
    SELECT id FROM below
"""
_DESCENDANTS_OF_ROW = RawSQL(f"ARRAY({_DESCENDANTS.format(root='catalog_category.id')})", [])  # noqa: S611  (no values)  # nosec B611
_MOST_RELATED = 4
_PICTURES = ("-is_primary", "position", "id")
_ACTIVE: Compiled[Category] = Compiled(
    lambda: Category.objects.active().filter(slug=Param("slug")).annotate(subtree=_DESCENDANTS_OF_ROW)
)
_RELATED: Compiled[UUID] = Compiled(
    lambda: (
        Product.objects.on_sale()
        .filter(category_id=Param("category"))
        .exclude(pk=Param("product"))
        .values_list("pk", flat=True)[:_MOST_RELATED]
    )
)


def active_category(slug: str) -> Category | None:
    """The active category of an address, with the ids of itself and everything below it as `subtree`. One query."""
    return _ACTIVE.first(slug=slug)


def category_tree() -> list[Category]:
    """All active categories whose ancestors are active too, depth first, each with `tree_depth`. One query."""
    hidden: set[object] = set()
    shown: list[Category] = []
    # modeltranslation writes the model's ordering into the query, which would win over the tree's.
    for category in Category.objects.with_tree_fields().order_by("tree_ordering"):
        if not category.is_active or category.parent_id in hidden:
            hidden.add(category.pk)
        else:
            shown.append(category)
    return shown


@cache
def products_on_sale() -> ProductQuerySet:
    """All products on sale, one queryset for all that list them; it is narrowed and cut, never read itself."""
    products: ProductQuerySet = Product.objects.on_sale()
    return products


def products_of_status(status: str) -> ProductQuerySet:
    """Products "on_sale", those that are not ("draft"), or "all", the newest first."""
    products: ProductQuerySet = Product.objects.order_by("-created_at", "-id")
    match status:
        case "on_sale":
            return products.on_sale()
        case "draft":
            return products.filter(from_price_minor__isnull=True)
    return products


def products_in(category_ids: Iterable[UUID]) -> ProductQuerySet:
    """The products on sale in these categories."""
    return products_on_sale().filter(category__in=category_ids)


def related_products(product_id: UUID, category_id: UUID) -> list[UUID]:
    """The newest others of a product's category. One query."""
    return _RELATED.rows(category=category_id, product=product_id)


def currencies_on_sale() -> set[str]:
    """The currencies of all active variants. One query."""
    return set(Variant.objects.filter(is_active=True).order_by().values_list("currency", flat=True).distinct())


def descendant_ids(category_id: UUID) -> list[UUID]:
    """The category and everything below it. One query."""
    return [found for (found,) in prepared_rows(_DESCENDANTS.format(root="%s::uuid"), [category_id])]


def product_counts(categories: Sequence[Category]) -> dict[UUID, int]:
    """How many products on sale each category has, its descendants' included. One query.

    The categories come as category_tree() gives them: parents before their children.
    """
    rows = Product.objects.on_sale().order_by().values_list("category_id").annotate(count=Count("pk"))
    counts: dict[UUID, int] = dict.fromkeys((category.pk for category in categories), 0) | dict(rows)
    for category in reversed(categories):
        if category.parent_id in counts:
            counts[category.parent_id] += counts[category.pk]
    return counts


def search_products(query: str) -> ProductQuerySet:
    """The products on sale that match a query in any language."""
    return Product.objects.on_sale().matching(query) if query.strip() else Product.objects.none()


def category_pictures() -> dict[UUID, str]:
    """The address of one product's picture for each category that sells something itself. One query."""
    pictures = (
        ProductImage.objects.filter(is_primary=True, product__in=Product.objects.on_sale())
        .select_related("product")
        .order_by("product__category_id", "-product__is_featured", "product_id")
        .distinct("product__category_id")
    )
    return {picture.product.category_id: picture.medium_url for picture in pictures}


def variants_on_sale_of(product_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The ids of the variants that can be bought, for each of these products that has one. One query."""
    found: dict[UUID, list[UUID]] = {}
    rows = Variant.objects.on_sale().filter(product__in=product_ids).order_by("position", "id")
    for product_id, variant_id in rows.values_list("product_id", "pk"):
        found.setdefault(product_id, []).append(variant_id)
    return found


def read_options(variants: Iterable[Variant]) -> None:
    """Read what `options_label` tells of variants. One query if any of them has options, else none."""
    choosing = []
    for variant in variants:
        if variant.options_key is None:  # kept by the database: it has no options
            set_prefetched(variant, "options", [])
        else:
            choosing.append(variant)
    options = VariantOption.objects.select_related("option_type", "value")
    prefetch_related_objects(choosing, Prefetch("options", queryset=options))
