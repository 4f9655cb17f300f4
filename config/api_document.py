"""What the OpenAPI document says of the API as a whole; read by drf-spectacular as settings.SPECTACULAR_SETTINGS."""

from typing import Any

from core.registry import souk_apps

_DESCRIPTION = """
Every answer comes in one envelope: `success`, `data`, `message`, `errors`, `pagination`. A refusal has `success`,
`error_code`, `message` and `details`.

Send `Authorization: Bearer` with the token of `auth/login`, or as a guest `X-Cart-Token`. Texts come in the language of
`Accept-Language`: `en`, `fr` or `ar`. Every answer has `X-Request-ID`; name it when you ask about a request.
"""

TAGS = {
    "auth": "Registration, tokens and passwords.",
    "users": "The account of the person who is logged in: profile, addresses, sessions and personal data.",
    "customer-groups": "Groups of customers and their members, for staff.",
    "customers": "Customers, for staff who look them up.",
    "categories": "The tree of categories.",
    "products": "Products with their variants and pictures.",
    "bulk": "Many products in one request.",
    "imports": "Files of products, imported in the background.",
    "cart": "The caller's cart.",
    "checkout": "The checkout of the caller's cart.",
    "orders": "Orders, and what customers and staff do with them.",
    "payments": "Payments and refunds.",
    "shipments": "Shipments on their way.",
    "tax-zones": "Areas that are taxed alike, and their rates, for staff.",
    "shipping-methods": "How orders can be sent.",
    "stock-items": "How many units of a variant are where, and the ledger of each.",
    "locations": "The places that hold stock.",
    "staff-tasks": "What staff has to do, raised by the shop.",
    "stock-notices": "Notices to customers when a sold-out variant is back.",
    "recommendations": "Products that a customer may like.",
    "Compatibility": (
        "Deprecated aliases of other operations, which `x-successor` names. Every address also answers below `/api` "
        "without a version, deprecated too."
    ),
}

DOCUMENT: dict[str, Any] = {
    "TITLE": "Souk API",
    "DESCRIPTION": _DESCRIPTION.strip(),
    "VERSION": "1",
    "CONTACT": {"name": "Souk contributors"},
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "The shop that serves this document"}],
    "TAGS": [{"name": name, "description": description} for name, description in TAGS.items()],
}


def add_tags_of_apps(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Describe the tags of the addresses that apps declare; a hook of drf-spectacular."""
    described = [{"name": name, "description": text} for app in souk_apps() for name, text in app.api_tags.items()]
    last = next(index for index, tag in enumerate(result["tags"]) if tag["name"] == "Compatibility")
    result["tags"][last:last] = described
    return result
