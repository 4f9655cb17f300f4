"""What is on sale, and what it takes: a name, a primary picture and an active variant, which has a price.

The database refuses the rest when a transaction ends (catalog.triggers). What is here says so first, by name.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.errors import NeededOnSale, NotReadyForSale
from catalog.media.variant_pictures import show_variants, variant_ids_of
from catalog.models import Product, ProductImage, Variant
from core.db.locking import lock_rows
from core.errors import InvalidInput, NotFound

NAME, PICTURE, VARIANT = "name", "picture", "variant"


class ImageChanges(TypedDict, total=False):
    """What can be changed of a picture that is there."""

    is_primary: bool
    position: int
    variant_ids: Sequence[UUID]
    alt_en: str
    alt_fr: str
    alt_ar: str


@dataclass(frozen=True, slots=True)
class PutOnSale:
    """What became of products that were to go on sale; those that are not ready stay as they are."""

    done: list[UUID]
    not_ready: dict[UUID, list[str]]


def lacking_for_sale(*, product_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """What each of the products lacks to be on sale: `name`, `picture`, `variant`; not of those that lack nothing.

    One query for any number of products.
    """
    pictures = ProductImage.objects.filter(product=OuterRef("pk"), is_primary=True)
    variants = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
    rows = (
        Product.objects.filter(pk__in=list(product_ids))
        .order_by("pk")
        .annotate(has_picture=Exists(pictures), has_variant=Exists(variants))
        .values_list("pk", "name_en", "has_picture", "has_variant")
    )
    lacking = {
        product_id: [
            what
            for what, is_there in ((NAME, (name or "").strip()), (PICTURE, has_picture), (VARIANT, has_variant))
            if not is_there
        ]
        for product_id, name, has_picture, has_variant in rows
    }
    return {product_id: what for product_id, what in lacking.items() if what}


def require_ready(*, product_id: UUID) -> None:
    """Raise NotReadyForSale, naming what the product lacks. Call it in the transaction that puts it on sale."""
    if lacking := lacking_for_sale(product_ids=[product_id]):
        raise NotReadyForSale(lacking[product_id])


@transaction.atomic
def put_on_sale(*, product_ids: Collection[UUID]) -> PutOnSale:
    """Show the products that are ready, and tell what the others lack."""
    products = lock_rows(Product.objects.filter(pk__in=product_ids), no_key=True)
    not_ready = lacking_for_sale(product_ids=[product.pk for product in products])
    done = [product.pk for product in products if product.pk not in not_ready]
    Product.objects.filter(pk__in=done, is_active=False).update(is_active=True)
    return PutOnSale(done, not_ready)


def take_off_sale(*, product_ids: Collection[UUID]) -> int:
    """Hide the products from shoppers; returns how many were on sale."""
    return Product.objects.filter(pk__in=product_ids, is_active=True).update(is_active=False)


@transaction.atomic
def delete_image(*, product_id: UUID, public_id: str) -> None:
    """Delete a picture; the next one becomes the primary one if it was that.

    Its files go with the sweep of files that nobody refers to. Raises NotFound, or NeededOnSale for the last picture
    of a product on sale.
    """
    product, images = _locked(product_id)
    image = _called(images, public_id)
    others = [other for other in images if other.pk != image.pk]
    if not others and product.is_active:
        raise NeededOnSale(field="images")
    image.delete()
    if image.is_primary and others:
        ProductImage.objects.filter(pk=others[0].pk).update(is_primary=True)


@transaction.atomic
def change_image(*, product_id: UUID, public_id: str, changes: ImageChanges) -> ProductImage:
    """Change what is given of a picture; a new primary one takes the place of the old one.

    Raises NotFound, UnknownVariant, or InvalidInput if the primary picture is to be none, for then none would be.
    """
    _product, images = _locked(product_id)
    image = _called(images, public_id)
    if image.is_primary and not changes.get("is_primary", True):
        raise InvalidInput(
            _("Make another picture the primary one instead."), code="primary_needed", field="is_primary"
        )
    if changes.get("is_primary"):
        ProductImage.objects.filter(product=product_id, is_primary=True).exclude(pk=image.pk).update(is_primary=False)
    columns = {name: value for name, value in changes.items() if name != "variant_ids"}
    for name, value in columns.items():
        setattr(image, name, value)
    # The plain column holds the default language's text, and is left out unless it is named.
    image.save(update_fields=[*columns, "alt", "updated_at"])
    if "variant_ids" in changes:
        show_variants(image=image, variant_ids=changes["variant_ids"])
        image.shown_ids = sorted(set(changes["variant_ids"]))
    return image


def _locked(product_id: UUID) -> tuple[Product, list[ProductImage]]:
    # The product first, as the uploads and the database's own look do.
    products = lock_rows(Product.objects.filter(pk=product_id), no_key=True)
    if not products:
        raise NotFound
    return products[0], list(images_of(product_id))


def images_of(product_id: UUID) -> QuerySet[ProductImage]:
    """A product's pictures in their order, with the variants that each shows."""
    # The model declares the name, which the type checker takes for a second meaning of it if it is spelled out.
    column: dict[str, Any] = {"shown_ids": variant_ids_of("pk")}
    return ProductImage.objects.filter(product=product_id).annotate(**column).order_by("position", "id")


def _called(images: list[ProductImage], public_id: str) -> ProductImage:
    image = next((image for image in images if image.public_id == public_id), None)
    if image is None:
        raise NotFound
    return image
