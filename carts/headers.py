"""Which cart an API request speaks of: the customer's, or the guest's that the header X-Cart-Token names."""

import re
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.models import User
from carts.models import Cart, CartLine
from carts.selectors import guests_cart_id, open_cart
from carts.services import put_in_cart
from core.limits import caller_use

CART_HEADER = "X-Cart-Token"
# How many carts the guests of an address may open.
NEW_CART_LIMIT = "guest_new_carts"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

CART_PARAMETER = OpenApiParameter(
    CART_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Names a guest's cart; not needed by who is logged in.",
)


def caller(request: Request) -> User | None:
    """The customer who is logged in, or None for a guest."""
    return request.user if isinstance(request.user, User) else None


def cart_token(request: Request) -> str | None:
    """The token in the header, None if there is none or it cannot be one."""
    token = request.headers.get(CART_HEADER, "")
    return token if _TOKEN.fullmatch(token) else None


def guest_caller(request: Request) -> str | None:
    """Whose idempotency keys a guest's are: the cart's that the token names, in whatever state it is.

    None without such a cart: anybody can send a token that names nothing, and would read another's answers.
    """
    cart = guests_cart_id(cart_token(request))
    return None if cart is None else f"cart:{cart}"


def callers_cart(request: Request) -> Cart | None:
    """The open cart of the caller, if there is one. A customer's cart is never reached by a token."""
    customer = caller(request)
    return open_cart(customer=customer) if customer else open_cart(token=cart_token(request))


def put_in_callers_cart(request: Request, *, variant_id: UUID, quantity: int) -> CartLine:
    """Put units into the caller's cart, opened if there is none; a guest's new token goes out with the answer."""
    customer = caller(request)
    owner: dict[str, Any] = {"customer": customer} if customer else {"token": cart_token(request)}
    guest = None if customer else caller_use(request, NEW_CART_LIMIT)
    return put_in_cart(**owner, guest=guest, variant_id=variant_id, quantity=quantity)
