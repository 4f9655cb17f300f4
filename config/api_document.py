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
    result["tags"] = [*described, *result["tags"]]
    return result
