"""The limits on changes to carts, by page or API: per address, customer and cart.

Guests count by their address and each of their carts for itself; customers by themselves, with more allowed; staff are
not limited.
"""

from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from carts.headers import cart_token
from carts.sessions import TOKEN_KEY
from core.api.throttling import LimitThrottle
from core.limits import Use, caller_use, use_limits
from core.staff import is_trusted_staff


class CartUse(StrEnum):
    """Limited uses of a cart, by their names in settings.RATE_LIMITS."""

    CHANGE = "cart"
    RESERVE = "checkout"
    ORDER = "orders"


def limit_page(request: HttpRequest, use: CartUse) -> None:
    """Count a page's request. Raises LimitReached."""
    use_limits(_uses(request, use, request.session.get(TOKEN_KEY)))


class CartThrottle(LimitThrottle):
    """Counts the API's requests to a cart, before the action runs; `cart_uses` of the view names the use of each."""

    def uses_of(self, request: Request, view: Any) -> list[Use]:
        uses: dict[str, CartUse] = getattr(view, "cart_uses", {})
        use = uses.get(getattr(view, "action", None) or "")
        return _uses(request, use, cart_token(request)) if use else []


def _uses(request: Any, use: CartUse, token: str | None) -> list[Use]:
    if is_trusted_staff(request.user):
        return []
    if request.user.is_authenticated:
        return [caller_use(request, f"customer_{use}")]
    by_address = caller_use(request, f"guest_{use}")
    return [by_address, Use("one_cart", f"cart:{token}")] if token else [by_address]
