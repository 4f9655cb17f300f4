"""What people edit of a product or a category, as a version for the API's If-Match."""

from uuid import UUID

from django.db.models import QuerySet

from catalog.models import Category, Product, ProductImage, Variant
from catalog.selectors import product_details
from core.api.tags import columns_of, version_of
from core.db import lock_rows
from core.errors import NotFound

# Machines write these, some time after the change that asked for it.
_MADE_LATER = ("search_text", "sizes_key")


def product_version(product: Product) -> str:
    """The version of a product as `product_details` reads it: its texts, variants, options and pictures, no stock."""
    variants = [(columns_of(one), _values(one)) for one in product.variants.all()]
    pictures = [columns_of(image, without=_MADE_LATER) for image in product.images.all()]
    return version_of(columns_of(product, without=_MADE_LATER), variants, pictures)


def lock_product_version(product_id: UUID) -> str:
    """The version of a product whose rows are locked, so that it stays. Needs a transaction; raises NotFound.

    The lock of the product's row also keeps out new variants and pictures, which refer to it.
    """
    if not lock_rows(Product.objects.filter(pk=product_id)):
        raise NotFound
    lock_rows(Variant.objects.filter(product=product_id))
    lock_rows(ProductImage.objects.filter(product=product_id))
    found: QuerySet[Product] = product_details(Product.objects.filter(pk=product_id))
    return product_version(found.get())


def category_version(category: Category) -> str:
    """The version of a category: its texts and its place in the tree, without what is in it."""
    return version_of(columns_of(category))


def lock_category_version(category_id: UUID) -> str:
    """The version of a category, with the tree locked as its services lock it. Needs a transaction; raises NotFound."""
    for category in lock_rows(Category.objects.all()):
        if category.pk == category_id:
            return category_version(category)
    raise NotFound


def _values(variant: Variant) -> list[str]:
    return sorted(str(option.value_id) for option in variant.options.all())
