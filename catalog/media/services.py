"""Writes of pictures: uploads stored once, and their sizes made later."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

import structlog
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max, QuerySet

from catalog.media.images import Picture, clean_picture, cut_sizes, sized_name
from catalog.media.variant_pictures import show_variants
from catalog.models import Product, ProductImage
from core import clock
from core.db.advisory_locks import AdvisoryLock, LockTaken, advisory_lock
from core.db.locking import lock_rows
from core.errors import InvalidInput, NotFound
from core.queue import send_on_commit
from core.web.storage import content_hash, keep

_logger = structlog.get_logger(__name__)
_LAST_POSITION = 2**31 - 1
# So often a file is read in vain before it is left until somebody asks for it again.
MOST_FAILURES = 5


class AltTexts(TypedDict):
    """What a picture shows, in each language."""

    alt_en: NotRequired[str]
    alt_fr: NotRequired[str]
    alt_ar: NotRequired[str]


@dataclass(frozen=True, slots=True)
class SizesMade:
    """Pictures whose sizes a sweep made, and those that it could not read."""

    made: int = 0
    failed: int = 0


def add_images(
    *,
    product_id: UUID,
    uploads: "Sequence[File[Any]]",
    is_primary: bool = False,
    variant_ids: Collection[UUID] = (),
    **alt: Unpack[AltTexts],
) -> list[ProductImage]:
    """Add uploaded pictures to a product, all or none; they come last, and their sizes are made by a task.

    The first becomes the primary one if asked for, or if there was none; all of them show the variants that are named.
    Raises NotFound, UnknownVariant, or what `clean_picture` raises for the field `images` with the file's name in the
    details. Files are stored before the rows' transaction begins; one around both leaves at most files behind that the
    next upload uses.
    """
    pictures = [_cleaned(upload) for upload in uploads]
    for picture in pictures:
        keep(picture.name, picture.content)
    return _insert(product_id, pictures, is_primary, variant_ids, alt)


def set_picture(image: ProductImage, picture: Picture) -> None:
    """Store a picture and point the row to it; the caller saves the row, then its sizes are made."""
    keep(picture.name, picture.content)
    image.file, image.width, image.height = picture.name, picture.width, picture.height
    image.sizes_key, image.sizes_failures = "", 0
    _send(image)


def make_sizes(*, image_id: UUID) -> bool:
    """Make the sizes of a picture, for all rows that show the same file; False if there is nothing to make.

    May run twice, at once too: the same files come out under the same names. Raises InvalidInput for a file that is
    no picture, OSError for one that cannot be read; after MOST_FAILURES of these there is nothing to make until
    `retry_sizes`. Must not be called in a transaction.
    """
    name = _due().filter(pk=image_id).values_list("file", flat=True).first()
    if name is None:
        return False
    _make(name)
    return True


def make_missing_sizes(*, limit: int | None = None) -> SizesMade:
    """Make the sizes of every picture that has none, of at most `limit` files; nothing while another sweep runs.

    A file that cannot be read is logged and left to the next sweep, MOST_FAILURES times. Must not be called in a
    transaction.
    """
    names = _due().order_by("file").values_list("file", flat=True).distinct()
    try:
        with advisory_lock(AdvisoryLock.PICTURE_SIZES, ""):
            return _sweep(list(names[:limit]))
    except LockTaken:
        return SizesMade()


def unread_images() -> QuerySet[ProductImage]:
    """The pictures whose file could not be read so far, given up or not."""
    return _without_sizes().filter(sizes_failures__gt=0)


def retry_sizes(*, product_ids: Collection[UUID] | None = None) -> int:
    """Have the files of these products, or of all, read again that could not be; returns how many pictures they are."""
    failed = unread_images()
    if product_ids is not None:
        failed = failed.filter(product__in=product_ids)
    images = list(failed)
    ProductImage.objects.filter(pk__in=[image.pk for image in images]).update(sizes_failures=0)
    for image in images:
        _send(image)
    return len(images)


def _sweep(names: Iterable[str]) -> SizesMade:
    made = failed = 0
    for name in names:
        try:
            _make(name)
            made += 1
        except (InvalidInput, OSError) as error:
            _logger.warning("picture_without_sizes", file=name, reason=str(error))
            failed += 1
    return SizesMade(made, failed)


def _without_sizes() -> QuerySet[ProductImage]:
    return ProductImage.objects.filter(sizes_key="").exclude(file="")


def _due() -> QuerySet[ProductImage]:
    return _without_sizes().filter(sizes_failures__lt=MOST_FAILURES)


def _make(name: str) -> None:
    try:
        with default_storage.open(name) as file:
            content = file.read()
        cuts = cut_sizes(content)
    except (InvalidInput, OSError):
        _without_sizes().filter(file=name).update(sizes_failures=F("sizes_failures") + 1)
        raise
    key = content_hash(content)
    for size, cut in cuts.items():
        keep(sized_name(key, size), cut)
    # Rows that have got another file in the meantime are not among them.
    _without_sizes().filter(file=name).update(sizes_key=key)
    # By a statement of its own: who changes a picture locks the product first.
    Product.objects.filter(images__file=name).update(updated_at=clock.now())


def _cleaned(upload: "File[Any]") -> Picture:
    try:
        return clean_picture(upload, field="images")
    except InvalidInput as error:
        error.details["file"] = str(upload.name)
        raise


@transaction.atomic
def _insert(
    product_id: UUID, pictures: Sequence[Picture], is_primary: bool, variant_ids: Collection[UUID], alt: AltTexts
) -> list[ProductImage]:
    # Locked, so that of two uploads at once only one finds no primary picture.
    if not lock_rows(Product.objects.filter(pk=product_id)):
        raise NotFound
    present = ProductImage.objects.filter(product=product_id)
    if is_primary:
        present.filter(is_primary=True).update(is_primary=False)
    needs_primary = not present.filter(is_primary=True).exists()
    last = present.aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    images = [
        ProductImage(
            product_id=product_id,
            file=picture.name,
            width=picture.width,
            height=picture.height,
            is_primary=needs_primary and place == 0,
            position=min(first + place, _LAST_POSITION),
            **alt,
        )
        for place, picture in enumerate(pictures)
    ]
    for image in images:
        image.save(force_insert=True)
        if variant_ids:
            show_variants(image=image, variant_ids=variant_ids)
        _send(image)
    return images


def _send(image: ProductImage) -> None:
    send_on_commit("catalog.tasks.make_sizes", image_id=str(image.pk))
