"""Pictures as plain values, with the addresses that a ProductImage has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from catalog.media.picture_addresses import PictureAddresses
from core.i18n.languages import spoken

_COLUMNS = ("file", "external_url", "public_id", "width", "height", "is_primary", "sizes_key")


@dataclass(frozen=True, slots=True)
class Picture(PictureAddresses):
    """A product's picture in the active language."""

    file: str
    external_url: str
    public_id: str
    alt: str
    width: int | None
    height: int | None
    is_primary: bool
    sizes_key: str

    @classmethod
    def of(cls, row: Mapping[str, Any], **more: Any) -> Self:
        """The picture of a row of ProductImage, in the active language."""
        return cls(**{name: row[name] for name in _COLUMNS}, alt=spoken(row, "alt"), **more)


@dataclass(frozen=True, slots=True)
class ProductPicture(Picture):
    """A picture of a product with the ids of the variants that it shows; none for the product as a whole."""

    variant_ids: tuple[str, ...]


class Pictured:
    """Mixed into what shows a variant and is read with `picture_row=picture_of(…)` of media.variant_pictures."""

    picture_row: Mapping[str, Any] | None = None

    @property
    def picture(self) -> Picture | None:
        """The picture of the variant in the active language; None if it was read without, or the variant is gone."""
        return Picture.of(self.picture_row) if self.picture_row else None
