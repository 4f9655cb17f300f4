"""A shopper takes an order back that waits for money: it is cancelled, and the cart has what it had."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from carts.details import CheckoutDetails, stored_address
from carts.errors import NotForSale
from carts.models import Cart
from carts.refill import LeftOut, ReturnedLine, refill_cart
from carts.services import get_or_open_cart, lock_cart
from checkout.errors import NotEditable
from checkout.services.cancel_order import cancel_order
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

    The cart is the customer's, or the guest's that the token names; it is opened if there is none. Quantities add up.
    The details of the order's checkout are put into the cart where it has none, but only for who placed the order:
    its customer, or the guest who shows the token of the cart that it came from. A link may have been passed on, so its
    bearer gets the lines alone, in a cart of their own.

    Asked again, the same cart is the answer as long as it is open, to who has it; to a guest who placed the order and
    shows the old cart's token, if they took it back themselves. Raises NotEditable to others, and for an order that was
    paid, sent or cancelled otherwise, or was ordered again since, NotForSale if nothing of it is sold any more; then
    nothing has changed.
    """
    try:
        return _return(order_id, customer, token)
    except _TakenBefore:
        return BackInCart(_cart_it_became(order_id, customer, token))


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
    lines, is_owner = _lines_of(order), _has_placed(order, customer, token)
    left_out = refill_cart(cart=cart, lines=lines, details=_details_of(order) if is_owner else None)
    if len(left_out) == len(lines):
        raise NotForSale(_("Nothing of this order is sold any more or fits into your cart."))
    cancelled = cancel_order(order_id=order.pk, actor=customer, note=str(_("Taken back into the cart")))
    cancelled.became_cart, cancelled.taken_back_by_owner = cart, is_owner
    cancelled.save(update_fields=["became_cart", "taken_back_by_owner", "updated_at"])
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


def _has_placed(order: Order, customer: User | None, token: str | None) -> bool:
    if order.customer_id is not None:
        return customer is not None and order.customer_id == customer.pk
    return bool(token and guests_order(order_id=order.pk, cart_token=token))


def _cart_it_became(order_id: UUID, customer: User | None, token: str | None) -> Cart:
    order = Order.objects.select_related("became_cart").get(pk=order_id)
    cart = order.became_cart
    # What was ordered again is no cart any more.
    if cart is None or not cart.is_open or not _has_cart(cart, order, customer, token):
        raise NotEditable
    return cart


def _has_cart(cart: Cart, order: Order, customer: User | None, token: str | None) -> bool:
    """Whether the cart that an order became is the caller's: its token opens the details in it from now on.

    Whoever placed the order is not led into the cart of somebody who had the link and was faster.
    """
    if customer is not None or cart.customer_id is not None:
        return customer is not None and cart.customer_id == customer.pk
    return cart.token == token or (order.taken_back_by_owner and _has_placed(order, None, token))


def _lines_of(order: Order) -> list[ReturnedLine]:
    return [
        ReturnedLine(line.variant_id, line.sku, line.name, line.quantity, line.unit_price)
        for line in order.lines.select_related("order")
    ]


def _details_of(order: Order) -> CheckoutDetails:
    same = order.billing_address == order.shipping_address
    return CheckoutDetails(
        email=order.email,
        shipping_address=stored_address(order.shipping_address),
        billing_address=None if same else stored_address(order.billing_address),
        shipping_method=order.shipping_method,
        tax_id=order.tax_id,
        payment_provider=order.payment_provider,
    )
