"""Pictures inside of mails, so that reading a mail loads nothing from anywhere."""

from collections.abc import Iterable
from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image

from catalog.media.images import Size, sized_name
from catalog.reads.pictures import Picture

# A mail of more lines shows the first ones; it stays below what mail servers cut.
MOST_EMBEDDED = 12
_SIDE = 112  # pixels, shown at half of that on sharp screens
_QUALITY = 82


def embedded_pictures(pictures: Iterable[Picture | None]) -> dict[str, bytes]:
    """Small JPEGs, which all mail readers know, by the pictures' `sizes_key`.

    Those are left out that are elsewhere, whose sizes are not made yet, or whose file is gone.
    """
    keys = dict.fromkeys(one.sizes_key for one in pictures if one and one.sizes_key and not one.external_url)
    found = {key: _jpeg(key) for key in list(keys)[:MOST_EMBEDDED]}
    return {key: content for key, content in found.items() if content}


def _jpeg(key: str) -> bytes | None:
    try:
        with default_storage.open(sized_name(key, Size.THUMBNAIL)) as file, Image.open(file) as image:
            opaque = Image.new("RGB", image.size, "white")
            opaque.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    except OSError:
        return None
    opaque.thumbnail((_SIDE, _SIDE))
    buffer = BytesIO()
    opaque.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
