"""What the API writes of products and pictures; catalog.serializers documents it.

The names of an answer's fields stand here once, for the writer and for the document. Written without serializers,
since a list has hundreds of fields: they took most of an answer's time.
"""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from rest_framework.request import Request

from catalog.fields import VariantFields, names
from catalog.media.picture_addresses import PictureAddresses
from catalog.reads.details import OptionChoice, ProductDetail
from catalog.reads.pictures import ProductPicture
from catalog.reads.summaries import CategoryRef, ProductSummary
from core.api.fields import time_text
from core.money import Money

CATEGORY_REF = ("id", "slug", "name")
_ADDRESSES = ("url", "thumbnail_url", "medium_url", "large_url")
IMAGE = (*_ADDRESSES, "public_id", "alt", "width", "height", "is_primary")
OPTION = ("option", "option_code", "value", "value_code")
SUMMARY = (
    "id", "slug", "sku", "name", "brand", "category", "price", "compare_at_price", "has_several_prices", "in_stock",
    "image", "is_featured", "is_active", "created_at", "updated_at",
)  # fmt: skip
VARIANT = (
    "id", "sku", "price", "compare_at_price", *names(VariantFields), "options", "available", "backorder", "image",
    "picture_ids",
)  # fmt: skip
VARIANT_FOR_STAFF = (*VARIANT, "cost_price")
PRODUCT = (
    *SUMMARY, "description", "name_en", "name_fr", "name_ar", "description_en", "description_fr", "description_ar",
    "tags", "attributes", "seo_title", "seo_description", "meta_title", "meta_description", "price_cents", "currency",
    "is_digital", "tax_class", "images", "variants",
)  # fmt: skip

_Writer = Callable[[Any, str], Any]


def origin_of(request: Request) -> str:
    """Scheme and host that the caller reached, before the paths of pictures."""
    return f"{request.scheme}://{request.get_host()}"


class Representation:
    """Writes the named attributes of a read model, those that are no plain JSON by a writer each."""

    def __init__(self, names: tuple[str, ...], **writers: _Writer) -> None:
        self._names, self._values = names, attrgetter(*names)
        self._writers = tuple(writers.items())

    def __call__(self, view: Any, origin: str) -> dict[str, Any]:
        written = dict(zip(self._names, self._values(view), strict=True))
        for name, write in self._writers:
            if (value := written[name]) is not None:
                written[name] = write(value, origin)
        return written


def image_json(image: PictureAddresses, origin: str) -> dict[str, Any]:
    """What ImageOutput writes."""
    # What build_absolute_uri() gives for the paths and addresses that a storage gives, at a tenth of its price.
    return {
        name: f"{origin}{value}" if name in _ADDRESSES and value.startswith("/") else value
        for name, value in zip(IMAGE, _image_values(image), strict=True)
    }


def summary_json(summary: ProductSummary, origin: str) -> dict[str, Any]:
    """What ProductSummaryOutput writes of a product in a list."""
    return _summary(summary, origin)


def product_json(product: ProductDetail, origin: str, *, staff: bool) -> dict[str, Any]:
    """What ProductOutput writes of a product alone; to staff with what it costs the shop."""
    return (_product_for_staff if staff else _product)(product, origin)


def _money(value: Money, _origin: str) -> dict[str, str]:
    return value.as_dict()


def _time(value: datetime, _origin: str) -> str:
    return time_text(value)


def _category(value: CategoryRef, _origin: str) -> dict[str, Any]:
    return dict(zip(CATEGORY_REF, _category_values(value), strict=True))


def _options(choices: list[OptionChoice], _origin: str) -> list[dict[str, str]]:
    return [dict(zip(OPTION, _option_values(one), strict=True)) for one in choices]


def _product_image(picture: ProductPicture, origin: str) -> dict[str, Any]:
    return image_json(picture, origin) | {"variant_ids": picture.variant_ids}


def _each(write: _Writer) -> _Writer:
    return lambda values, origin: [write(one, origin) for one in values]


_image_values, _category_values, _option_values = attrgetter(*IMAGE), attrgetter(*CATEGORY_REF), attrgetter(*OPTION)
_amounts: dict[str, _Writer] = {"price": _money, "compare_at_price": _money}
_listed: dict[str, _Writer] = {
    **_amounts, "category": _category, "image": image_json, "created_at": _time, "updated_at": _time,
}  # fmt: skip
_summary = Representation(SUMMARY, **_listed)
_shown: dict[str, _Writer] = {**_amounts, "options": _options, "image": image_json}
_variant = Representation(VARIANT, **_shown)
_variant_for_staff = Representation(VARIANT_FOR_STAFF, **_shown, cost_price=_money)
_product = Representation(PRODUCT, **_listed, images=_each(_product_image), variants=_each(_variant))
_product_for_staff = Representation(
    PRODUCT, **_listed, images=_each(_product_image), variants=_each(_variant_for_staff)
)
