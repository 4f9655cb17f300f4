"""Reads of carts."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet, Sum, prefetch_related_objects

from accounts.models import User
from carts.models import Cart, CartLine
from catalog.models import ProductImage
from catalog.selectors import read_options


def carts_of(*, customer: User | None, token: str | None) -> QuerySet[Cart]:
    """A customer's carts, or the guest's that the token names, in any state; never another customer's."""
    if customer is not None:
        return Cart.objects.filter(customer=customer)
    return Cart.objects.filter(customer=None, token=token) if token else Cart.objects.none()


def open_cart(*, customer: User | None = None, token: str | None = None) -> Cart | None:
    """The customer's open cart, or the guest's that the token names."""
    return carts_of(customer=customer, token=token).filter(status=Cart.Status.OPEN).first()


def guests_cart_id(token: str | None) -> UUID | None:
    """The id of the guest's cart that the token names, in any state."""
    return carts_of(customer=None, token=token).values_list("pk", flat=True).first()


def own_cart(cart_id: UUID, *, customer: User | None, token: str | None) -> Cart | None:
    """A cart in any state if it is this customer's, or this guest's by its token."""
    return carts_of(customer=customer, token=token).filter(pk=cart_id).first()


def cart_to_order(*, customer: User | None, token: str | None, cart_id: UUID | None = None) -> Cart | None:
    """The cart that a request to order means: the own one it names, else the newest.

    That one may be ordered already: a repeated request finds what the first one ordered.
    """
    owned = carts_of(customer=customer, token=token).exclude(status=Cart.Status.MERGED)
    if cart_id is not None:
        owned = owned.filter(pk=cart_id)
    return owned.order_by("-created_at", "-id").first()


def lines_to_order(cart_id: UUID) -> list[CartLine]:
    """A cart's lines with what an order keeps of them. One query, one more for options if there are any."""
    lines = list(CartLine.objects.filter(cart=cart_id).select_related("variant__product"))
    read_options([line.variant for line in lines])
    return lines


def cart_lines(cart_id: UUID) -> list[CartLine]:
    """A cart's lines with all that a page or answer shows of them. One query more than lines_to_order()."""
    lines = lines_to_order(cart_id)
    pictures = ProductImage.objects.order_by("-is_primary", "position", "id")
    prefetch_related_objects(lines, Prefetch("variant__product__images", queryset=pictures))
    return lines


def count_units(cart: Cart | None) -> int:
    """How many units are in the cart, for the badge in the header. One query."""
    if cart is None:
        return 0
    return CartLine.objects.filter(cart=cart).aggregate(units=Sum("quantity"))["units"] or 0
