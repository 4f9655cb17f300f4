"""One cart makes at most one order.

Lock the cart, price it, write the order, open the payment, reserve the stock, close the cart: all of it or nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from accounts.models import User
from carts.details import CheckoutDetails
from carts.errors import CartClosed
from carts.models import Cart
from carts.services import apply_checkout_details, close_cart, lock_cart
from checkout.errors import CartChanged, TotalChanged
from checkout.placed_orders import PlacedOrder, just_placed, placed_before
from checkout.seen import Seen
from checkout.selectors import Quote, postal_addresses, quote_cart
from checkout.services.update_checkout import with_own_email
from core import clock
from core.db.locking import require_transaction
from core.limits import Use, mailbox, use_limits
from core.money import Money
from inventory import services as inventory
from inventory.allocation import Demand
from orders.models import Order
from orders.numbers import drawn_again
from orders.services import LineDraft, OrderDraft, create_order
from payments import services as payments
from payments.providers import get_provider


@drawn_again
@transaction.atomic
def place_order(
    *,
    cart_id: UUID,
    actor: User | None,
    details: CheckoutDetails | None = None,
    expected_total: Money | None = None,
    seen: Seen | None = None,
    now: datetime | None = None,
) -> PlacedOrder:
    """Turn a cart into an order: one cart makes at most one order, whatever is retried.

    The cart is locked first, so a second call waits and then finds the first one's order. Details that were not given
    in the checkout before may be given now (as to update_checkout), and what the shopper saw as `expected_total` and
    `seen`. Raises InvalidInput, CheckoutIncomplete, CartChanged, TotalChanged or OutOfStock; then nothing has changed.
    """
    cart = lock_cart(cart_id)
    if not cart.is_open:
        return placed_before(_order_of(cart))
    details = with_own_email(details or CheckoutDetails.only(), cart, cart.customer)
    apply_checkout_details(cart, details)
    quote = quote_cart(cart)
    quote.require_offered(details.given)
    if seen is not None and seen.choices != Seen.of(quote).choices:
        raise CartChanged
    placed = order_quote(
        quote=quote, customer=cart.customer, actor=actor, expected_total=expected_total, now=now or clock.now()
    )
    close_cart(cart)
    return placed


def _limit_mails(draft: OrderDraft, actor: User | None) -> None:
    """Count the order as a mail to its address, unless that is the customer's own or staff places the order."""
    own = draft.customer.email if draft.customer else None
    if draft.email and draft.email != own and actor == draft.customer:
        use_limits([Use("recipient_mails", mailbox(draft.email))])


def _order_of(cart: Cart) -> Order:
    placed = Order.objects.filter(cart=cart).first()
    if placed is None:
        raise CartClosed
    return placed


def order_quote(
    *,
    quote: Quote,
    customer: User | None,
    actor: User | None,
    expected_total: Money | None,
    now: datetime,
    note: str = "",
) -> PlacedOrder:
    """Write the order that a quote amounts to, open its payment and reserve its stock. Call it in a transaction.

    The quote's cart, if it has one, is locked. Raises like place_order, and LimitReached if too many mails went to an
    address that is not known to be the shopper's.
    """
    require_transaction()
    draft = _draft_order(customer, quote, now)
    if expected_total not in {None, draft.totals.total}:
        raise TotalChanged(details={"total": draft.totals.total.as_dict()})
    _limit_mails(draft, actor)
    is_confirmed = get_provider(draft.payment_provider).confirms_order
    created = create_order(draft=draft, actor=actor, now=now, note=note, is_confirmed=is_confirmed)
    payment = payments.open_payment(order=created.order, provider=draft.payment_provider, actor=actor)
    units = {line.key: line.quantity for line in draft.totals.lines}
    backordered = inventory.reserve(
        demands=[Demand(line.id, line.variant_id, units[line.key]) for line in draft.lines],
        # Read under the cart's lock: what it does not hold by now, it never will.
        instead_of=[one.line.id for one in quote.lines] if quote.holds_something else [],
        country=quote.country,
        now=now,
    )
    return just_placed(created, quote=quote, payment=payment, backordered=backordered)


def _draft_order(customer: User | None, quote: Quote, now: datetime) -> OrderDraft:
    method, provider = quote.require_complete()
    shipping_address, billing_address = postal_addresses(quote.details)
    return OrderDraft(
        customer=customer,
        cart=quote.cart,
        email=quote.details.email,
        language=(get_language() or "en")[:2],
        lines=[
            LineDraft(
                key=str(quoted.line.id),
                variant_id=quoted.line.variant.pk,
                sku=quoted.line.variant.sku,
                name=quoted.line.variant.product.name,
                variant_name=quoted.line.variant.options_label,
            )
            for quoted in quote.lines
        ],
        totals=quote.totals,
        shipping_address=shipping_address,
        billing_address=billing_address,
        tax_id=quote.details.tax_id,
        shipping_method=method.code,
        shipping_method_name=method.name,
        payment_provider=provider.code,
        expires_at=provider.payable_until(now),
    )
