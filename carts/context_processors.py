"""The number beside the cart in the header."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from carts.selectors import count_units
from carts.sessions import session_cart


def cart_count(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`, units in this visitor's cart; asked for only by templates that show it."""
    return {"cart_count": SimpleLazyObject(lambda: count_units(session_cart(request)))}
