"""What becomes of a picture: checked by its content, cleaned of what it tells about its maker, cut to sizes.

Pure functions of bytes; the writes are in catalog.media.services.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from core.errors import InvalidInput
from core.web.storage import content_hash

# What a kind of file is stored as. Cameras write MPO: a JPEG with further pictures behind it.
_STORED_AS = {
    "JPEG": ("JPEG", "jpg", {"quality": 90, "optimize": True}),
    "MPO": ("JPEG", "jpg", {"quality": 90, "optimize": True}),
    "PNG": ("PNG", "png", {}),
    "GIF": ("PNG", "png", {}),
    "WEBP": ("WEBP", "webp", {"quality": 90}),
}
_READ = ("JPEG", "PNG", "GIF", "WEBP")
_SIZE_QUALITY = 82
# What Pillow's decoders raise for broken files, as its own documentation and years of fuzzing have it.
_BROKEN = (OSError, SyntaxError, ValueError, LookupError, EOFError, TypeError, struct.error, zlib.error)
_SIXTEEN_BITS = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
_SRGB = ImageCms.createProfile("sRGB")


class Size(IntEnum):
    """The sizes that a picture is shown in: pixels a side at most."""

    THUMBNAIL = 150
    MEDIUM = 400
    LARGE = 800


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture fit to be stored: upright, without metadata."""

    content: bytes
    extension: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """Where it is stored; equal pictures have one name."""
        return f"products/{content_hash(self.content)}.{self.extension}"


def sized_name(key: str, size: Size) -> str:
    """Where a size is stored of the picture whose content has this hash."""
    return f"products/sizes/{key}-{size}.webp"


def fitted_width(width: int, height: int, size: Size) -> int:
    """How wide a picture is once it fits into a square of this size; nothing is made larger."""
    return max(1, round(width * min(1, size / max(width, height))))


def clean_picture(upload: "File[Any]", *, field: str) -> Picture:
    """Check an uploaded file and write it anew: turned upright, the first frame, no metadata, colours in sRGB.

    Raises InvalidInput naming `field`: `empty_picture`, `picture_too_large` (PICTURE_MAX_BYTES), `too_many_pixels`
    (PICTURE_MAX_PIXELS, told from the header before anything is decoded), `not_a_picture`, `broken_picture`. The
    file's name and declared type count for nothing.
    """
    if not upload.size:
        raise InvalidInput(_("The file is empty."), code="empty_picture", field=field)
    if upload.size > settings.PICTURE_MAX_BYTES:
        message = _("The picture is too large: %(limit)s MB at most.") % {
            "limit": _millions(settings.PICTURE_MAX_BYTES)
        }
        raise InvalidInput(message, code="picture_too_large", field=field)
    upload.seek(0)
    with _refusals_named(field), _opened(upload, field) as image:
        kind, extension, options = _STORED_AS[image.format or ""]
        plain = _plain(image)
        return Picture(_encoded(plain, kind, **options), extension, plain.width, plain.height)


def cut_sizes(content: bytes) -> dict[Size, bytes]:
    """A stored picture in all sizes, as WebP. Raises InvalidInput for what is no picture, a broken one or too large."""
    with _refusals_named("file"), _opened(BytesIO(content), "file") as image:
        may_stay = image.format == "WEBP" and not ({"exif", "xmp"} & set(image.info) or _is_animated(image))
        plain = _plain(image)
        return {
            # Encoding a small WebP again would only lose quality.
            size: content
            if may_stay and size != Size.THUMBNAIL and max(plain.size) <= size
            else _encoded(_cut(plain, size), "WEBP", quality=_SIZE_QUALITY)
            for size in Size
        }


def _cut(image: Image.Image, size: Size) -> Image.Image:
    if size == Size.THUMBNAIL:
        return ImageOps.fit(image, (size, size))
    fitted = image.copy()
    fitted.thumbnail((size, size), Image.Resampling.LANCZOS)
    return fitted


def _is_animated(image: Image.Image) -> bool:
    return bool(getattr(image, "is_animated", False))


@contextmanager
def _refusals_named(field: str) -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(field) from error
    except UnidentifiedImageError as error:
        message = _("This is not a picture that the shop can show. Choose a JPEG, PNG, GIF or WebP file.")
        raise InvalidInput(message, code="not_a_picture", field=field) from error
    except _BROKEN as error:
        raise InvalidInput(_("The picture is broken."), code="broken_picture", field=field) from error


@contextmanager
def _opened(file: Any, field: str) -> Iterator[Image.Image]:
    """The picture of a file, nothing of it decoded yet."""
    with Image.open(file, formats=_READ) as image:
        if image.width * image.height > settings.PICTURE_MAX_PIXELS:
            raise _too_many_pixels(field)
        yield image


def _too_many_pixels(field: str) -> InvalidInput:
    message = _("The picture has too many pixels: %(limit)s million at most.")
    return InvalidInput(
        message % {"limit": _millions(settings.PICTURE_MAX_PIXELS)}, code="too_many_pixels", field=field
    )


def _millions(number: int) -> str:
    return f"{number / 1_000_000:g}"


def _plain(image: Image.Image) -> Image.Image:
    """The first frame upright in RGB, or RGBA if it has transparent parts, with nothing attached."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in _SIXTEEN_BITS:
        upright = upright.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if upright.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in upright.info:
        upright = upright.convert("RGBA")
    elif upright.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        upright = upright.convert("RGB")
    coloured = _in_srgb(upright)
    plain = coloured if coloured.mode in {"RGB", "RGBA"} else coloured.convert("RGB")
    plain.info = {}
    return plain


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours that the picture's own profile means; as they are without a profile or with a useless one."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, meant, _SRGB, outputMode=mode) or image
    except (ImageCms.PyCMSError, *_BROKEN):
        return image


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
