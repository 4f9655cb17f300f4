"""Reads of carts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from accounts.models import Address, User
from carts.models import Cart, CartLine
from catalog.media.variant_pictures import with_picture
from catalog.selectors import read_options
from core.db.locking import lock_rows
from core.fast.compiled import Compiled, Param


def carts_of(*, customer: User | Param | None, token: str | Param | None) -> QuerySet[Cart]:
    """A customer's carts, or the guest's that the token names, in any state; never another customer's."""
    if customer is not None:
        return Cart.objects.filter(customer=customer)
    return Cart.objects.filter(customer=None, token=token) if token else Cart.objects.none()


def with_home(carts: QuerySet[Cart]) -> QuerySet[Cart]:
    """Adds where the customer's default delivery address lies, or the only address. No query more."""
    book = Address.objects.filter(user=OuterRef("customer"))
    others = Address.objects.filter(user=OuterRef("user")).exclude(pk=OuterRef("pk"))
    usual = book.filter(Q(is_default_shipping=True) | ~Exists(others)).order_by("-is_default_shipping")
    # The model declares the name, which the type checker takes for a second meaning of it if it is spelled out.
    home = JSONObject(country="country", region="region", postal_code="postal_code")
    column: dict[str, Any] = {"home": Subquery(usual.values_list(home)[:1])}
    return carts.annotate(**column)


class OwnCarts:
    """A compiled queryset over a customer's carts, and over a guest's."""

    def __init__(self, narrow: Callable[[QuerySet[Cart]], QuerySet[Cart]]) -> None:
        self._customers = Compiled(lambda: with_home(narrow(carts_of(customer=Param("owner"), token=None))))
        self._guests = Compiled(lambda: narrow(carts_of(customer=None, token=Param("owner"))))

    def of(self, *, customer: User | None, token: str | None, lock: bool = False) -> list[Cart]:
        """Those of the customer, or of the guest that the token names; locked if wanted. At most one query."""
        if customer is None and not token:
            return []
        rows, owner = (self._guests, token) if customer is None else (self._customers, customer.pk)
        return lock_rows(rows, owner=owner) if lock else rows.rows(owner=owner)


def _not_merged(carts: QuerySet[Cart]) -> QuerySet[Cart]:
    return carts.exclude(status=Cart.Status.MERGED)


OPEN_CARTS = OwnCarts(lambda carts: carts.filter(status=Cart.Status.OPEN))
_NEWEST = OwnCarts(lambda carts: _not_merged(carts).order_by("-created_at", "-id")[:1])
_LINES: Compiled[CartLine] = Compiled(
    lambda: with_picture(CartLine.objects.filter(cart_id=Param("cart")).select_related("variant__product"))
)


def open_cart(*, customer: User | None = None, token: str | None = None) -> Cart | None:
    """The customer's open cart, or the guest's that the token names."""
    return next(iter(OPEN_CARTS.of(customer=customer, token=token)), None)


def guests_cart_id(token: str | None) -> UUID | None:
    """The id of the guest's cart that the token names, in any state."""
    return carts_of(customer=None, token=token).values_list("pk", flat=True).first()


def own_cart(cart_id: UUID, *, customer: User | None, token: str | None) -> Cart | None:
    """A cart in any state if it is this customer's, or this guest's by its token."""
    return with_home(carts_of(customer=customer, token=token)).filter(pk=cart_id).first()


def cart_to_order(*, customer: User | None, token: str | None, cart_id: UUID | None = None) -> Cart | None:
    """The cart that a request to order means: the own one it names, else the newest.

    That one may be ordered already: a repeated request finds what the first one ordered.
    """
    if cart_id is None:
        return next(iter(_NEWEST.of(customer=customer, token=token)), None)
    return _not_merged(carts_of(customer=customer, token=token)).filter(pk=cart_id).first()


def cart_lines(cart_id: UUID) -> list[CartLine]:
    """A cart's lines with all that is shown and ordered of them. One query, one more for options if there are any."""
    lines = _LINES.rows(cart=cart_id)
    read_options([line.variant for line in lines])
    return lines


def count_units(cart: Cart | None) -> int:
    """How many units are in the cart, for the badge in the header. One query."""
    if cart is None:
        return 0
    return CartLine.objects.filter(cart=cart).aggregate(units=Sum("quantity"))["units"] or 0
