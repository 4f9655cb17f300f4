"""A shopper takes an order back that waits for money: it is cancelled, and the cart has what it had."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from carts.errors import NotForSale
from carts.models import Cart
from carts.refill import LeftOut, ReturnedLine, refill_cart
from carts.services import get_or_open_cart, lock_cart
from checkout.errors import NotEditable
from checkout.services import cancel_order
from core.errors import NotFound
from orders.models import Order
from orders.selectors import guests_order, order_by_link_token, orders_of
from orders.services import lock_order


@dataclass(frozen=True, slots=True)
class BackInCart:
    """The open cart with what was ordered, and what could not come back."""

    cart: Cart
    left_out: list[LeftOut] = field(default_factory=list)


class _TakenBefore(Exception):
    """Another request was faster; whatever was begun is undone."""


def return_to_cart(*, order_id: UUID, customer: User | None, token: str | None) -> BackInCart:
    """Cancel an order that its caller has shown to be theirs, and put what it had into their open cart.

    The cart is the customer's, or the guest's that the token names; it is opened if there is none. Quantities add up,
    and what was said in the order's checkout is said again where the cart says nothing. Asked again, the same cart is
    the answer as long as it is open. Raises NotEditable for an order that was paid, sent or cancelled otherwise, or was
    ordered again since, NotForSale if nothing of it is sold any more; then nothing has changed.
    """
    try:
        return _return(order_id, customer, token)
    except _TakenBefore:
        return BackInCart(_cart_it_became(order_id, customer))


@transaction.atomic
def _return(order_id: UUID, customer: User | None, token: str | None) -> BackInCart:
    cart = lock_cart(get_or_open_cart(customer=customer, token=token).pk)
    if not cart.is_open:
        # It was ordered before we had the lock; the next cart takes the lines.
        return _return(order_id, customer, token)
    order = lock_order(order_id)
    if order.became_cart_id:
        raise _TakenBefore
    if not order.is_returnable_to_cart:
        raise NotEditable(details={"status": order.status, "payment_status": order.payment_status})
    lines = _lines_of(order)
    left_out = refill_cart(cart=cart, lines=lines, said=_said_in(order))
    if len(left_out) == len(lines):
        raise NotForSale(_("Nothing of this order is sold any more or fits into your cart."))
    cancelled = cancel_order(order_id=order.pk, actor=customer, note=str(_("Taken back into the cart")))
    cancelled.became_cart = cart
    cancelled.save(update_fields=["became_cart", "updated_at"])
    return BackInCart(cart, left_out)


def own_order_id(*, customer: User | None, order_id: UUID, cart_token: str | None = None, link_token: str = "") -> UUID:
    """The order's id, if it is the customer's, or a guest's whose cart's token or signed link is shown.

    A link to a customer's order only lets its bearer look. Raises NotFound.
    """
    if customer and orders_of(customer).filter(pk=order_id).exists():
        return order_id
    if cart_token and guests_order(order_id=order_id, cart_token=cart_token):
        return order_id
    linked = order_by_link_token(link_token) if link_token else None
    if linked is None or linked.pk != order_id or linked.customer_id is not None:
        raise NotFound
    return order_id


def _cart_it_became(order_id: UUID, customer: User | None) -> Cart:
    cart = Cart.objects.get(pk__in=Order.objects.filter(pk=order_id).values("became_cart"))
    # A guest's order that somebody took into the cart of their account is not shown to others who have its link, and
    # what was ordered again is no cart any more.
    if not cart.is_open or cart.customer_id != (customer.pk if customer else None):
        raise NotEditable
    return cart


def _lines_of(order: Order) -> list[ReturnedLine]:
    return [
        ReturnedLine(line.variant_id, line.sku, line.name, line.quantity, line.unit_price)
        for line in order.lines.select_related("order")
    ]


def _said_in(order: Order) -> dict[str, object]:
    same = order.billing_address == order.shipping_address
    return {
        "email": order.email,
        "shipping_address": order.shipping_address,
        "billing_address": None if same else order.billing_address,
        "shipping_method": order.shipping_method,
        "payment_provider": order.payment_provider,
    }
