"""What people edit of a product or a category, as a version for the API's If-Match."""

from uuid import UUID

from catalog.models import Category, Product, ProductImage, Variant
from catalog.reads.details import ProductDetail, product_detail
from core.db.locking import lock_rows
from core.errors import NotFound
from core.versions import columns_of, version_of


def product_version(product: ProductDetail) -> str:
    """The version of a product: its texts, active variants, options and pictures, no stock."""
    return version_of(product.edited)


def lock_product_version(product_id: UUID) -> str:
    """The version of a product whose rows are locked, so that it stays. Needs a transaction; raises NotFound.

    The lock of the product's row also keeps out new variants and pictures, which refer to it.
    """
    if not lock_rows(Product.objects.filter(pk=product_id)):
        raise NotFound
    lock_rows(Variant.objects.filter(product=product_id))
    lock_rows(ProductImage.objects.filter(product=product_id))
    product = product_detail(product_id)
    if product is None:
        raise NotFound
    return product_version(product)


def category_version(category: Category) -> str:
    """The version of a category: its texts and its place in the tree, without what is in it."""
    return version_of(columns_of(category))


def lock_category_version(category_id: UUID) -> str:
    """The version of a category, with the tree locked as its services lock it. Needs a transaction; raises NotFound."""
    for category in lock_rows(Category.objects.all()):
        if category.pk == category_id:
            return category_version(category)
    raise NotFound
