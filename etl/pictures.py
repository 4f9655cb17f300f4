"""A drawn picture for every imported product that has none."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from catalog.media.pictures import draw_placeholder, monogram
from catalog.models import Product, ProductImage

_BATCH = 500


def add_placeholders(source: str, then: Callable[[Sequence[UUID]], None]) -> int:
    """Give each product of the source without a picture a drawn one; returns how many got it.

    `then` is called with the products of each batch in the transaction that gives them their pictures. Products of one
    category share colours; those that begin with the same letter share the file, too.
    """
    painter = _Painter()
    count = 0
    after: UUID | None = None
    while batch := _next_batch(source, after):
        after = batch[-1].pk
        pictures = [painter.placeholder(product) for product in batch]
        with transaction.atomic():
            ProductImage.objects.bulk_create(pictures)
            then([product.pk for product in batch])
        count += len(batch)
    return count


def _next_batch(source: str, after: UUID | None) -> list[Product]:
    products = Product.objects.filter(source=source, images=None).select_related("category").order_by("id")
    return list((products.filter(pk__gt=after) if after else products)[:_BATCH])


class _Drawing(NamedTuple):
    file: str
    width: int
    height: int


@dataclass(slots=True)
class _Painter:
    """Draws each distinct picture once."""

    drawn: dict[tuple[str, str], _Drawing] = field(default_factory=dict)

    def placeholder(self, product: Product) -> ProductImage:
        look = (monogram(product.name), product.category.slug)
        if look not in self.drawn:
            self.drawn[look] = _store(draw_placeholder(*look))
        drawing = self.drawn[look]
        return ProductImage(
            product=product,
            file=drawing.file,
            width=drawing.width,
            height=drawing.height,
            alt_en=product.name,
            is_primary=True,
            source=product.source,
            source_key=f"{product.source_key}/placeholder",
        )


def _store(content: bytes) -> _Drawing:
    """Save a picture under the hash of its bytes, unless it is there."""
    with Image.open(BytesIO(content)) as picture:
        width, height = picture.size
    name = f"placeholders/{hashlib.sha256(content).hexdigest()[:32]}.webp"
    if default_storage.exists(name) and default_storage.size(name) != len(content):
        default_storage.delete(name)  # a kill had cut it off while it was written
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    return _Drawing(name, width, height)
