"""The number beside the cart in the header."""

from functools import cache
from typing import Any

from django.http import HttpRequest

from carts.selectors import count_units
from carts.sessions import session_cart


def cart_count(request: HttpRequest) -> dict[str, Any]:
    """`cart_count`, units in this visitor's cart; asked for only by templates that show it."""
    if not hasattr(request, "session"):
        return {"cart_count": 0}  # an error page made before anybody knew who asked

    # A function that templates call, not a lazy object: the plurals of a language reckon with a plain number.
    @cache
    def units() -> int:
        return count_units(session_cart(request))

    return {"cart_count": units}
