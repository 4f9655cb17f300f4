"""What search engines read beside a page's text: schema.org objects, as plain dictionaries for `json_ld`."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language

from catalog.reads.details import ProductDetail, VariantDetail

_CONTEXT = "https://schema.org"
_DESCRIPTION_LENGTH = 5000


def product_data(request: HttpRequest, product: ProductDetail) -> dict[str, Any]:
    """A product with an offer for each variant; what is available beyond what is on the shelf is backordered."""
    address = request.build_absolute_uri(product.get_absolute_url())
    offers = [_offer(request, address, variant) for variant in product.variants]
    data: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Product",
        "@id": address,
        "url": address,
        "name": product.name,
        "sku": offers[0]["sku"],
        "offers": offers,
    }
    if len(product.variants) == 1 and product.variants[0].gtin:
        data["gtin"] = product.variants[0].gtin
    if product.description:
        data["description"] = Truncator(product.description).chars(_DESCRIPTION_LENGTH)
    if product.brand:
        data["brand"] = {"@type": "Brand", "name": product.brand}
    if images := [request.build_absolute_uri(image.large_url) for image in product.images]:
        data["image"] = images
    return data


def breadcrumb_data(request: HttpRequest, crumbs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The way from the home page to this one; `crumbs` are pairs of name and address, this page's last."""
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": request.build_absolute_uri(address)}
            for position, (name, address) in enumerate(crumbs, 1)
        ],
    }


def shop_data(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """The shop and its site, with the address that answers a search."""
    home = request.build_absolute_uri(reverse("catalog:home"))
    search = request.build_absolute_uri(reverse("catalog:search"))
    root = request.build_absolute_uri("/")
    return [
        {"@context": _CONTEXT, "@type": "Organization", "@id": f"{root}#organization", "name": name, "url": root},
        {
            "@context": _CONTEXT,
            "@type": "WebSite",
            "name": name,
            "url": home,
            "inLanguage": get_language(),
            "publisher": {"@id": f"{root}#organization"},
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
                "query-input": "required name=search_term_string",
            },
        },
    ]


def _offer(request: HttpRequest, address: str, variant: VariantDetail) -> dict[str, Any]:
    stock = "OutOfStock" if not variant.available else "InStock" if variant.on_shelf else "BackOrder"
    picture = {"image": request.build_absolute_uri(variant.image.large_url)} if variant.image else {}
    number = {"gtin": variant.gtin} if variant.gtin else {}
    return (
        picture
        | number
        | {
            "@type": "Offer",
            "url": f"{address}?variant={variant.id}",
            "sku": variant.sku,
            "price": str(variant.price.amount),
            "priceCurrency": variant.price.currency,
            "availability": f"{_CONTEXT}/{stock}",
            "itemCondition": f"{_CONTEXT}/NewCondition",
        }
    )
