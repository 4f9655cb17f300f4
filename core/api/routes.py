"""Addresses of the API, as apps declare them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string

from core.registry import souk_apps


@dataclass(frozen=True, slots=True)
class Route:
    """An address below the API's version, without a slash at its end, with the viewset's action for each method."""

    address: str
    viewset: Any
    name: str
    actions: Mapping[str, str]


def route(address: str, viewset: Any, name: str, **actions: str) -> Route:
    """Return an address with the action for each method: `get="list"`."""
    return Route(address, viewset, name, actions)


def routes_of_apps() -> Iterator[Route]:
    """Yield the addresses that the apps declare, in the order of the apps."""
    for app in souk_apps():
        if app.api_routes:
            yield from import_string(app.api_routes)
