"""Takes out of texts for the log what opens something or names somebody: keys of mailed links, tokens, addresses.

Which part of an address is secret its route says: by the converter `<secret:…>`, or for the routes of others by their
name in settings.SECRET_ROUTES. It is looked for in any text, since addresses stand in messages and tracebacks too, also
those that no route has, such as a link that was cut off.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from core.web.converters import SecretConverter

HIDDEN = "…"

# What may be told of a query: where in a list somebody was and how it was narrowed, never what they typed.
SHOWN_PARAMETERS = frozenset({
    "page", "page_size", "cursor", "sort", "ordering", "fields", "in_stock", "price_from", "price_to", "category",
    "status", "variant", "country", "language", "format", "_changelist_filters",
})  # fmt: skip
_SHOWN_VALUE = re.compile(r"[\w.,-]{0,60}")
# Structured fields whose whole value is hidden.
_SECRET_FIELDS = frozenset({
    "password", "token", "access", "refresh", "secret", "authorization", "cookie", "link_token", "cart_token", "otp",
    "email", "to", "recipient", "login", "username",
})  # fmt: skip

_QUERY = re.compile(r"(?<=\?)[^\s\"'<>#?]*=[^\s\"'<>#]*")
_NAME = r"[^\s@<>\"'()\[\]{},;:=/\\?&]+"
# Encoded once or, by a link within a link, several times.
_EMAIL = re.compile(rf"{_NAME}(?:[@＠﹫]|%(?:25)*40){_NAME}\.{_NAME}")
_TOKEN = re.compile(
    r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|\b[\w-]{6,}(?:\.[\w-]+)?:(?:[\w-]{5,8}:)?[\w-]{27,}"  # what django.core.signing makes
)
_NAMED = re.compile(
    r"(?P<name>(?:password|passwd|secret|token|api_?key|authorization|cookie|sessionid)[\"']?\s*[:=]\s*)"
    r"(?P<value>(?:Bearer\s+|Basic\s+)?[\"']?[^\s\"',;)}]+[\"']?)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*@")
# PostgreSQL repeats the row, and the value that is there already.
_ROW = re.compile(r"(Failing row contains )\(.*\)", re.DOTALL)
_KEY = re.compile(r"(Key \([^)]*\)=)\([^)\n]*\)")


def redact_text(text: str) -> str:
    """The text with every secret and every e-mail address in it as "…"."""
    text = _secret_routes(settings.ROOT_URLCONF).sub(lambda found: f"{found[1]}{HIDDEN}", text)
    text = _QUERY.sub(lambda found: _redacted_query(found[0]), text)
    text = _ROW.sub(rf"\1({HIDDEN})", text)
    text = _KEY.sub(rf"\1({HIDDEN})", text)
    text = _URL_PASSWORD.sub(f"{HIDDEN}@", text)
    text = _TOKEN.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _NAMED.sub(rf"\g<name>{HIDDEN}", text)
    return _EMAIL.sub(HIDDEN, text)


def redact(value: Any, *, name: str = "") -> Any:
    """The same of a value of a log line, also within lists and mappings."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if name in _SECRET_FIELDS:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: redact(one, name=str(key).lower()) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(one) for one in value]
    return redact_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _redacted_query(query: str) -> str:
    return "&".join(map(_redacted_parameter, query.split("&")))


def _redacted_parameter(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    shown = unquote(name) in SHOWN_PARAMETERS and _SHOWN_VALUE.fullmatch(value)
    return f"{name}={value if shown else HIDDEN}"


@cache
def _secret_routes(urlconf: str) -> re.Pattern[str]:
    """What stands before the secrets of all routes, and after it a secret, whatever language or host comes first."""
    prefixes = sorted(set(_secret_prefixes(get_resolver(urlconf), "")), key=len, reverse=True)
    any_of_them = "|".join(map(re.escape, prefixes)) or "(?!)"
    return re.compile(rf"({any_of_them})[^\s/?\"'<>]+")


def _secret_prefixes(resolver: URLResolver, before: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            # The language of a page is no part of what is looked for.
            part = str(one.pattern) if isinstance(one.pattern, RoutePattern) else ""
            yield from _secret_prefixes(one, before + part)
        elif _is_secret(one):
            yield before + re.split(r"[<(]", str(one.pattern).lstrip("^"), maxsplit=1)[0]


def _is_secret(route: URLPattern) -> bool:
    converters = getattr(route.pattern, "converters", {}).values()
    return route.name in settings.SECRET_ROUTES or any(isinstance(one, SecretConverter) for one in converters)
