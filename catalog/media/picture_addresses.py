"""Where a browser finds a picture and its sizes, for whatever knows how it is stored."""

import re
from functools import cache
from typing import Any

from django.core.files.storage import default_storage
from django.core.signals import setting_changed
from django.utils.encoding import filepath_to_uri

from catalog.media.images import Size, fitted_width, sized_name

_PROBE = "probe"
# Names that an address takes as they are, which those of all stored pictures are: hashes.
_AS_IT_IS = re.compile(r"[A-Za-z0-9/._-]+")


@cache
def _base() -> str | None:
    """What the storage puts before a file's name; None if there is more to an address, as where it is signed."""
    address = str(default_storage.url(_PROBE))
    return address.removesuffix(_PROBE) if address.endswith(f"/{_PROBE}") else None


def _forget_base(**_kwargs: Any) -> None:
    _base.cache_clear()


setting_changed.connect(_forget_base)


def stored_address(name: str) -> str:
    """Where a browser finds a stored file; a list has eighty of them, and a storage takes its time for each."""
    base = _base()
    if base is None:
        return str(default_storage.url(name))
    return f"{base}{name if _AS_IT_IS.fullmatch(name) else filepath_to_uri(name)}"


class PictureAddresses:
    """Mixed into what has a `file`, whose text is its name, or else an `external_url`; `sizes_key` names its sizes."""

    __slots__ = ()

    file: Any
    external_url: str
    sizes_key: str
    width: int | None
    height: int | None

    @property
    def url(self) -> str:
        """Where a browser finds the picture."""
        return self.external_url or stored_address(str(self.file))

    @property
    def thumbnail_url(self) -> str:
        """150 by 150 pixels, cropped; the picture itself while its sizes are not made or if it is elsewhere."""
        return self._sized_url(Size.THUMBNAIL)

    @property
    def medium_url(self) -> str:
        """At most 400 by 400 pixels; else like `thumbnail_url`."""
        return self._sized_url(Size.MEDIUM)

    @property
    def large_url(self) -> str:
        """At most 800 by 800 pixels; else like `thumbnail_url`."""
        return self._sized_url(Size.LARGE)

    @property
    def srcset(self) -> str:
        """The uncropped sizes with their widths, for an `img`; empty while they are not made."""
        if self.external_url or not (self.sizes_key and self.width and self.height):
            return ""
        by_width = {
            fitted_width(self.width, self.height, Size.MEDIUM): self.medium_url,
            fitted_width(self.width, self.height, Size.LARGE): self.large_url,
        }
        return ", ".join(f"{url} {width}w" for width, url in by_width.items())

    def _sized_url(self, size: Size) -> str:
        if self.external_url or not self.sizes_key:
            return self.url
        return stored_address(sized_name(self.sizes_key, size))
