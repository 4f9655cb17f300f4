"""The use cases that cross apps. Locks are taken in the order Cart → Order → Payment → Stock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from carts.details import CheckoutDetails
from carts.errors import CartClosed
from carts.models import Cart, CartLine
from carts.services import apply_checkout_details, close_cart, lock_cart, lock_own_cart
from checkout.errors import CartChanged, NotCancellable, TotalChanged
from checkout.lines import WantedLine
from checkout.placed_orders import PlacedOrder, just_placed, placed_before
from checkout.seen import Seen
from checkout.selectors import Quote, postal_addresses, quote_cart
from checkout.shop_settings import RESERVATION_MINUTES
from core import clock
from core.db.locking import require_transaction
from core.errors import DomainError, InvalidTransition, NotFound
from core.fast.rows import save_fields
from core.limits import Use, mailbox, use_limits
from core.money import Money
from core.outbox.services import emit
from inventory import services as inventory
from inventory.allocation import Demand
from inventory.errors import OutOfStock
from orders.events import OrderEvent
from orders.models import Order
from orders.numbers import drawn_again
from orders.selectors import orders_of
from orders.services import LineDraft, OrderDraft, create_order, lock_order, transition_order
from orders.states import FulfilmentStatus, OrderStatus
from payments import services as payments
from payments.providers import find_provider, get_provider
from payments.selectors import is_being_captured, settles_online
from payments.states import OPEN_PAYMENTS, PaymentState
from shipping import services as shipping
from shipping.models import Shipment
from shipping.states import ShipmentState

logger = structlog.get_logger(__name__)


@transaction.atomic
def update_checkout(*, customer: User | None, token: str | None, details: CheckoutDetails, guest: str = "") -> Quote:
    """Store the given details, price the open cart anew and keep its units.

    The cart is the customer's, or the guest's that the token names; a customer's mail goes to the account's address
    unless another is given. A `guest`, named by a key of their address, has no more kept than their share. Raises
    NotFound, or InvalidInput for a shipping method or way to pay that this cart cannot have; then nothing is changed.
    """
    cart = lock_own_cart(customer=customer, token=token)
    details = _with_own_email(details, cart, customer)
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


def _with_own_email(details: CheckoutDetails, cart: Cart, customer: User | None) -> CheckoutDetails:
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
    details = _with_own_email(details or CheckoutDetails.only(), cart, cart.customer)
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


@transaction.atomic
def cancel_order(*, order_id: UUID, actor: User | None, note: str = "") -> Order:
    """Cancel an order that has not left the house: stock is released, open payments are voided.

    Money already captured is not given back here; `order.due` turns negative until a refund is recorded.
    Cancelling again changes nothing. Raises NotCancellable.
    """
    order = lock_order(order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    if not order.is_cancellable:
        raise NotCancellable(details={"status": order.status, "fulfilment_status": order.fulfilment_status})
    transition_order(order=order, to=OrderStatus.CANCELLED, actor=actor, note=note)
    payments.void_open_payments(order=order, actor=actor)
    inventory.release(holders=order.lines.values_list("pk", flat=True))
    return order


@transaction.atomic
def cancel_own_order(*, number: str, customer: User) -> Order:
    """Cancel a customer's own order while nothing is paid or sent; later it takes staff, who refund.

    Raises NotFound for anybody else's order, NotCancellable.
    """
    found = orders_of(customer).filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return cancel_for_customer(order_id=found, actor=customer)


@transaction.atomic
def cancel_for_customer(*, order_id: UUID, actor: User | None) -> Order:
    """Cancel an order that its caller has shown to be theirs, as cancel_own_order does; a guest has no actor."""
    order = lock_order(order_id)
    if order.status != OrderStatus.CANCELLED and not order.is_cancellable_by_customer:
        raise NotCancellable(details={"status": order.status, "payment_status": order.payment_status})
    return cancel_order(order_id=order.pk, actor=actor)


@transaction.atomic
def ship_order(
    *,
    order_id: UUID,
    actor: User | None,
    tracking_number: str = "",
    carrier: str = "",
    quantities: Mapping[UUID, int] | None = None,
    now: datetime | None = None,
) -> Shipment:
    """Send a parcel with all that is left of an order, or with the given units by order line."""
    return shipping.send_shipment(
        order=lock_order(order_id),
        carrier=carrier,
        tracking_number=tracking_number,
        quantities=quantities,
        actor=actor,
        now=now or clock.now(),
    )


@transaction.atomic
def deliver_shipment(*, shipment_id: UUID, actor: User | None, now: datetime | None = None) -> Shipment:
    """Record a hand-over; with the last parcel, cash on delivery counts as collected and the order completes."""
    now = now or clock.now()
    order_id = Shipment.objects.filter(pk=shipment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound
    order = lock_order(order_id)
    shipment = shipping.deliver_shipment(order=order, shipment_id=shipment_id, actor=actor, now=now)
    if order.fulfilment_status == FulfilmentStatus.DELIVERED:
        _collect_at_delivery(order, actor, now)
    return shipment


@transaction.atomic
def set_order_status(
    *, order_id: UUID, status: OrderStatus, actor: User | None, note: str = "", now: datetime | None = None
) -> Order:
    """Bring an order to a status by doing what that status stands for; an order that is there already stays.

    Cancelling releases stock and open payments, completing records that all parcels arrived. Raises
    InvalidTransition or NotCancellable.
    """
    order = lock_order(order_id)
    if order.status == status:
        return order
    if status == OrderStatus.CANCELLED:
        return cancel_order(order_id=order_id, actor=actor, note=note)
    if status == OrderStatus.COMPLETED:
        return _complete(order, actor=actor, now=now or clock.now())
    transition_order(order=order, to=status, actor=actor, note=note)
    return order


def expire_unpaid_orders(*, now: datetime | None = None) -> int:
    """Cancel pending orders whose time to pay is over; returns how many. Safe to run at any time, also twice."""
    now = now or clock.now()
    due = Order.objects.filter(status=OrderStatus.PENDING, expires_at__lte=now)
    expired = 0
    for order_id in list(due.order_by("expires_at").values_list("pk", flat=True)):
        try:
            expired += _expire(order_id, now)
        except DomainError as error:
            # One order that cannot be cancelled must not keep the others' stock.
            logger.warning("order_not_expired", order_id=str(order_id), code=error.code)
    return expired


@transaction.atomic
def _expire(order_id: UUID, now: datetime) -> int:
    order = lock_order(order_id)
    # Read again under the lock: the money may have arrived meanwhile.
    if order.status != OrderStatus.PENDING or order.expires_at is None or order.expires_at > now:
        return 0
    emit(event_type=OrderEvent.EXPIRED, aggregate=order)
    cancel_order(order_id=order_id, actor=None, note=str(_("Not paid in time")))
    return 1


def _complete(order: Order, *, actor: User | None, now: datetime) -> Order:
    """Deliver what is on the road. Everything delivered and paid completes an order; short of that, all is undone."""
    for shipment in order.shipments.filter(status__in=[ShipmentState.SHIPPED, ShipmentState.IN_TRANSIT]).order_by("id"):
        deliver_shipment(shipment_id=shipment.pk, actor=actor, now=now)
    order = lock_order(order.pk)
    if order.status == OrderStatus.COMPLETED:
        return order
    delivered = order.fulfilment_status == FulfilmentStatus.DELIVERED
    if delivered and is_being_captured(order):
        # It completes as soon as the provider has captured the money.
        return order
    raise InvalidTransition(
        _("The order is not paid in full.") if delivered else _("Something of the order has not been shipped yet."),
        details={"payment_status": order.payment_status, "fulfilment_status": order.fulfilment_status},
    )


def _collect_at_delivery(order: Order, actor: User | None, now: datetime) -> None:
    for payment in order.payments.filter(status__in=sorted(OPEN_PAYMENTS)).order_by("id"):
        provider = find_provider(payment.provider)
        # A provider that collects online captures what it has authorised, and nothing else.
        is_collected = provider and provider.captured_at_delivery
        if is_collected and (not settles_online(payment) or payment.status == PaymentState.AUTHORIZED):
            payments.capture_payment(payment_id=payment.pk, actor=actor, is_awaited=False, now=now)


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
