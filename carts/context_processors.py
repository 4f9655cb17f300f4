"""The number beside the cart in the header."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from carts.selectors import count_units
from carts.sessions import session_cart


def cart_count(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`, units in this visitor's cart; asked for only by templates that show it."""
    if not hasattr(request, "session"):
        return {"cart_count": 0}  # an error page made before anybody knew who asked
    return {"cart_count": SimpleLazyObject(lambda: count_units(session_cart(request)))}
