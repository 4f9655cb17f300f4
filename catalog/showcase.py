"""A product as its page shows it: its document in the active language, with amounts and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from catalog.documents import ProductDocument, Row
from catalog.summaries import Picture
from catalog.variant_pictures import own_first
from core.languages import spoken
from core.money import Money

_TEXTS = ("name", "description", "seo_title", "seo_description")


@dataclass(frozen=True, slots=True)
class ShownVariant:
    """What a shopper chooses between; the label is such as "Blue / M", empty without options.

    `images` are all pictures of the product, those of the variant first.
    """

    pk: UUID
    sku: str
    price: Money
    compare_at: Money | None
    options_label: str
    images: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """A product with its active variants and all pictures, the primary one first."""

    pk: UUID
    category_id: UUID
    category_name: str
    slug: str
    brand: str
    name: str
    description: str
    seo_title: str
    seo_description: str
    option_names: str
    images: Sequence[Picture]
    variants: Sequence[ShownVariant]

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    @property
    def has_one_price(self) -> bool:
        """Whether all variants cost the same."""
        return len({variant.price for variant in self.variants}) == 1


def shown_product(document: ProductDocument) -> ShownProduct:
    """The product of a document."""
    row = document.product
    return ShownProduct(
        pk=UUID(row["id"]),
        category_id=UUID(row["category_id"]),
        category_name=spoken(document.category, "name"),
        slug=row["slug"],
        brand=row["brand"],
        **{name: spoken(row, name) for name in _TEXTS},
        option_names=" / ".join(chosen["option"] for chosen in document.variants[0]["options"]),
        images=[Picture.of(image) for image in document.images],
        variants=[_variant(variant, document.images) for variant in document.variants],
    )


def _variant(row: Row, images: Sequence[Row]) -> ShownVariant:
    before = row["compare_at_minor"]
    return ShownVariant(
        pk=UUID(row["id"]),
        sku=row["sku"],
        price=Money(row["price_minor"], row["currency"]),
        compare_at=None if before is None else Money(before, row["currency"]),
        options_label=" / ".join(chosen["value"] for chosen in row["options"]),
        images=[Picture.of(image) for image in own_first(images, row["id"])],
    )
