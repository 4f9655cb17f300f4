"""Checkout details, and the reservation of a cart's units for as long as its shopper is in the checkout."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from carts.details import CheckoutDetails
from carts.errors import CartClosed
from carts.models import Cart, CartLine
from carts.services import apply_checkout_details, lock_cart, lock_own_cart
from checkout.lines import WantedLine
from checkout.selectors import Quote, quote_cart
from checkout.shop_settings import RESERVATION_MINUTES
from core import clock
from core.fast.rows import save_fields
from inventory import services as inventory
from inventory.allocation import Demand
from inventory.errors import OutOfStock


@transaction.atomic
def update_checkout(*, customer: User | None, token: str | None, details: CheckoutDetails, guest: str = "") -> Quote:
    """Store the given details, price the open cart anew and keep its units.

    The cart is the customer's, or the guest's that the token names; a customer's mail goes to the account's address
    unless another is given. A `guest`, named by a key of their address, has no more kept than their share. Raises
    NotFound, or InvalidInput for a shipping method or way to pay that this cart cannot have; then nothing is changed.
    """
    cart = lock_own_cart(customer=customer, token=token)
    details = with_own_email(details, cart, customer)
    apply_checkout_details(cart, details)
    quote = quote_cart(cart)
    quote.require_offered(details.given)
    if details.given:
        save_fields(cart, *details.columns())
    now = clock.now()
    if not quote.may_be_held(now):
        return quote
    try:
        until = _hold(cart, quote.purchase.lines, now, guest=guest, holds_something=quote.holds_something)
    except OutOfStock:
        until = None
    return _held(quote, cart, until)


def keep_units(*, quote: Quote, guest: str = "", now: datetime | None = None) -> Quote:
    """Keep what a cart asks for, whose shopper is in the checkout, for RESERVATION_MINUTES from now.

    Answers the quote with the time, or a new one if something is short meanwhile or a `guest`, named by a key of their
    address, has more in the cart than their share. Most calls find the units kept long enough and write nothing.
    Raises CartClosed.
    """
    now = now or clock.now()
    if quote.cart is None or not quote.may_be_held(now):
        return quote
    try:
        with transaction.atomic():
            cart = lock_cart(quote.cart.pk)
            if not cart.is_open:
                raise CartClosed
            # Read again under the lock: another tab may have changed them.
            until = _hold(cart, list(CartLine.objects.filter(cart=cart)), now, guest=guest)
    except OutOfStock:
        until = None
    return _held(quote, quote.cart, until)


def with_own_email(details: CheckoutDetails, cart: Cart, customer: User | None) -> CheckoutDetails:
    return details if cart.email or customer is None else details.with_default_email(customer.email)


def _held(quote: Quote, cart: Cart, until: datetime | None) -> Quote:
    """The quote of a cart that is held whole until a time, or a new one that tells what of it is."""
    if until is None or quote.is_partly_reserved:
        return quote_cart(cart)
    return replace(quote, held_until=until)


def _hold(
    cart: Cart,
    lines: Sequence[CartLine] | Sequence[WantedLine],
    now: datetime,
    *,
    guest: str,
    holds_something: bool = True,
) -> datetime | None:
    """Hold the lines; return until when, or None if not all of it is held."""
    until = now + timedelta(minutes=RESERVATION_MINUTES.value)
    is_all = inventory.hold(
        demands=[Demand(line.id, line.variant_id, line.quantity) for line in lines],
        # Known under the cart's lock: what it does not hold by now, nobody else gives it.
        instead_of=[line.id for line in lines] if holds_something else [],
        until=until,
        country=cart.country,
        guest="" if cart.customer_id else guest,
        now=now,
    )
    return until if is_all else None
