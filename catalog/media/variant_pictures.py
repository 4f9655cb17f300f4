"""Which pictures show a variant: its own in their order, else the product's, the primary one first.

What is shown of a line (of a cart, an order, a mail) is one picture, found by the statement that reads the lines.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Func, JSONField, OuterRef, QuerySet

from catalog.errors import UnknownPicture, UnknownVariant
from catalog.models import ProductImage, Variant, VariantPicture
from core.db.locking import require_transaction

_COLUMNS = (
    "file",
    "external_url",
    "public_id",
    "alt_en",
    "alt_fr",
    "alt_ar",
    "width",
    "height",
    "is_primary",
    "sizes_key",
)
_FIRST = f"""(
    SELECT jsonb_build_object({", ".join(f"'{name}', image.{name}" for name in _COLUMNS)})
      FROM catalog_variant AS shown
      JOIN catalog_productimage AS image ON image.product_id = shown.product_id
      LEFT JOIN catalog_variantpicture AS link ON link.image_id = image.id AND link.variant_id = shown.id
     WHERE shown.id = %(expressions)s
     ORDER BY link.position NULLS LAST, image.is_primary DESC, image.position, image.id
     LIMIT 1
)"""  # noqa: S608  (made of column names alone)


def picture_of(variant: str) -> Func:
    """The first picture of the variant whose id is in this column, as the columns of Picture; null if there is none."""
    return Func(F(variant), template=_FIRST, output_field=JSONField())


def with_picture(rows: "QuerySet[Any]", variant: str = "variant_id") -> "QuerySet[Any]":
    """Adds to rows the picture of the variant whose id is in this column, for Pictured. No query more."""
    # The model declares the name, which the type checker takes for a second meaning of it if it is spelled out.
    column: dict[str, Any] = {"picture_row": picture_of(variant)}
    shown: QuerySet[Any] = rows.annotate(**column)
    return shown


def public_ids_of(variant: str) -> ArraySubquery:
    """The public ids of the variant's own pictures, in their order."""
    ordered = ("position", "-image__is_primary", "image__position", "image")
    links = VariantPicture.objects.filter(variant=OuterRef(variant)).order_by(*ordered)
    return ArraySubquery(links.values("image__public_id"))


def variant_ids_of(image: str) -> ArraySubquery:
    """The ids of the variants that a picture shows."""
    links = VariantPicture.objects.filter(image=OuterRef(image)).order_by("variant")
    return ArraySubquery(links.values("variant"))


def show_variants(*, image: ProductImage, variant_ids: Collection[UUID]) -> None:
    """Let a picture show these variants of its product and no others; it comes last among the pictures of new ones.

    Call it in a transaction with the product locked. Raises UnknownVariant for what is not the product's.
    """
    require_transaction()
    wanted = set(variant_ids)
    known = set(Variant.objects.filter(product=image.product_id, pk__in=wanted).values_list("pk", flat=True))
    if unknown := wanted - known:
        raise UnknownVariant(field="variant_ids", details={"unknown": sorted(map(str, unknown))})
    links = VariantPicture.objects.filter(image=image)
    links.exclude(variant__in=wanted).delete()
    missing = wanted - set(links.values_list("variant_id", flat=True))
    last = dict(
        VariantPicture.objects.filter(variant__in=missing).order_by("position").values_list("variant", "position")
    )
    VariantPicture.objects.bulk_create(
        VariantPicture(
            variant_id=variant_id, image=image, product_id=image.product_id, position=last.get(variant_id, -1) + 1
        )
        for variant_id in sorted(missing)
    )


def set_variant_pictures(*, pictures: Mapping[Variant, Sequence[str]]) -> None:
    """Let each variant be shown by the pictures of its product with these public ids, in this order, and no others.

    Call it in a transaction with the products locked. Two queries to read and two to write, whatever the number.
    Raises UnknownPicture for a public id that is not the product's.
    """
    require_transaction()
    known = images_by_public_id(product_ids={variant.product_id for variant in pictures})
    for variant, public_ids in pictures.items():
        require_pictures(known, product_id=variant.product_id, public_ids=public_ids)
    VariantPicture.objects.filter(variant__in=[variant.pk for variant in pictures]).delete()
    VariantPicture.objects.bulk_create(
        VariantPicture(
            variant_id=variant.pk,
            image_id=known[variant.product_id, public_id],
            product_id=variant.product_id,
            position=position,
        )
        for variant, public_ids in pictures.items()
        for position, public_id in enumerate(dict.fromkeys(public_ids))
    )


def public_ids_by_variant(variants: Collection[Variant]) -> dict[UUID, list[str]]:
    """The public ids of each variant's own pictures, in their order. One query."""
    rows = Variant.objects.filter(pk__in=[variant.pk for variant in variants]).order_by("pk")
    return dict(rows.annotate(public_ids=public_ids_of("pk")).values_list("pk", "public_ids"))


def images_by_public_id(*, product_ids: Collection[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The ids of the products' pictures, by product and public id. One query."""
    rows = ProductImage.objects.filter(product__in=product_ids).order_by("pk")
    return {(product_id, public_id): pk for product_id, public_id, pk in rows.values_list("product", "public_id", "pk")}


def require_pictures(known: Mapping[tuple[UUID, str], UUID], *, product_id: UUID, public_ids: Iterable[str]) -> None:
    """Raise UnknownPicture, naming those of the public ids that are not the product's."""
    if unknown := [public_id for public_id in public_ids if (product_id, public_id) not in known]:
        raise UnknownPicture(field="picture_ids", details={"unknown": unknown})
