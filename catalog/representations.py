"""What the API writes of products, pictures and prices; catalog.serializers says it to the OpenAPI document.

Written by hand, since a list has hundreds of fields: serializers took most of an answer's time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from catalog.documents import ProductDocument, Row
from catalog.picture_addresses import PictureAddresses
from catalog.summaries import Picture, ProductSummary
from catalog.variant_pictures import own_first, own_public_ids
from core.api.fields import time_text
from core.languages import spoken
from core.money import Money

_IMAGE = ("public_id", "alt", "width", "height", "is_primary")
_ADDRESSES = ("url", "thumbnail_url", "medium_url", "large_url")
_PRODUCT = (
    "slug", "brand", "is_featured", "name_en", "name_fr", "name_ar", "description_en", "description_fr",
    "description_ar", "tags", "attributes", "is_digital", "tax_class", "is_active",
)  # fmt: skip
_VARIANT = ("id", "sku", "weight_grams", "length_mm", "width_mm", "height_mm")

Available = Mapping[UUID, int]


def origin_of(request: Request) -> str:
    """Scheme and host that the caller reached, before the paths of pictures."""
    return f"{request.scheme}://{request.get_host()}"


def image_json(image: PictureAddresses, origin: str) -> dict[str, Any]:
    """What ImageOutput writes."""
    # What build_absolute_uri() gives for the paths and addresses that a storage gives, at a tenth of its price.
    addresses = {
        name: f"{origin}{url}" if (url := getattr(image, name)).startswith("/") else url for name in _ADDRESSES
    }
    return addresses | {name: getattr(image, name) for name in _IMAGE}


def summary_json(summary: ProductSummary, available: Available, origin: str) -> dict[str, Any]:
    """What ProductSummaryOutput writes of a product in a list."""
    return {
        "id": summary.id,
        "slug": summary.slug,
        "sku": summary.sku or None,
        "name": summary.name,
        "brand": summary.brand,
        "category": {"id": summary.category_id, "slug": summary.category_slug, "name": summary.category_name},
        "price": summary.price and summary.price.as_dict(),
        "compare_at_price": summary.compare_at and summary.compare_at.as_dict(),
        "has_several_prices": summary.has_several_prices,
        "in_stock": any(available.get(variant_id, 0) > 0 for variant_id in summary.variant_ids),
        "image": summary.picture and image_json(summary.picture, origin),
        "is_featured": summary.is_featured,
        "is_active": summary.is_active,
        "created_at": time_text(summary.created_at),
        "updated_at": time_text(summary.updated_at),
    }


def product_json(
    document: ProductDocument, available: Available, backorder: Available, origin: str, *, staff: bool
) -> dict[str, Any]:
    """What ProductOutput writes of a product alone; to staff with what it costs the shop.

    Of the units `available` of a variant, those of `backorder` ship later.
    """
    row, category, variants = document.product, document.category, document.variants
    cheapest = min(variants, key=lambda variant: int(variant["price_minor"]), default=None)
    images = [
        image_json(Picture.of(image), origin) | {"variant_ids": sorted(image["places"])} for image in document.images
    ]
    return {
        "id": row["id"],
        **{name: row[name] for name in _PRODUCT},
        **{name: spoken(row, name) for name in ("name", "description", "seo_title", "seo_description")},
        "created_at": time_text(datetime.fromisoformat(row["created_at"])),
        "updated_at": time_text(document.updated_at),
        "meta_title": spoken(row, "seo_title"),
        "meta_description": spoken(row, "seo_description"),
        "price_cents": cheapest and cheapest["price_minor"],
        "currency": cheapest and cheapest["currency"],
        "category": {"id": category["id"], "slug": category["slug"], "name": spoken(category, "name")},
        "sku": cheapest and cheapest["sku"],
        "price": cheapest and _amount(cheapest, "price_minor"),
        "compare_at_price": cheapest and _amount(cheapest, "compare_at_minor"),
        "has_several_prices": len({(one["price_minor"], one["currency"]) for one in variants}) > 1,
        "in_stock": any(available.get(variant_id, 0) > 0 for variant_id in document.variant_ids),
        "image": _first_json(document.images, origin),
        "images": images,
        "variants": [
            _variant_json(one, available, backorder, staff=staff) | _pictures_json(document, one["id"], origin)
            for one in variants
        ],
    }


def _variant_json(variant: Row, available: Available, backorder: Available, *, staff: bool) -> dict[str, Any]:
    written = {
        **{name: variant[name] for name in _VARIANT},
        "price": _amount(variant, "price_minor"),
        "compare_at_price": _amount(variant, "compare_at_minor"),
        "options": variant["options"],
        "available": max(available.get(UUID(variant["id"]), 0), 0),
        "backorder": backorder.get(UUID(variant["id"]), 0),
    }
    return written | {"cost_price": _amount(variant, "cost_minor")} if staff else written


def _pictures_json(document: ProductDocument, variant_id: str, origin: str) -> dict[str, Any]:
    return {
        "image": _first_json(own_first(document.images, variant_id), origin),
        "picture_ids": own_public_ids(document.images, variant_id),
    }


def _first_json(images: Sequence[Mapping[str, Any]], origin: str) -> dict[str, Any] | None:
    return image_json(Picture.of(images[0]), origin) if images else None


def _amount(variant: Row, column: str) -> dict[str, str] | None:
    minor: int | None = variant[column]
    return None if minor is None else Money(minor, variant["currency"]).as_dict()
