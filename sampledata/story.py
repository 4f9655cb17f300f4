"""Plays the demo shop's story through the services of the shop, so that its orders are like any others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import translation

from accounts.models import User
from carts.details import CheckoutDetails
from carts.models import Cart
from carts.selectors import open_cart
from carts.services import add_item, get_or_open_cart
from catalog.models import Variant
from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import deliver_shipment, ship_order
from checkout.services.place_order import place_order
from core import clock
from core.context import Door, through
from core.i18n.addresses import PostalAddress
from orders.models import Order
from payments.services import capture_payment, refund_payment
from payments.states import PaymentState
from sampledata.content import PersonText
from sampledata.plan import Fate, PlannedCart, PlannedOrder
from sampledata.rows import SOURCE
from shipping.models import Shipment

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Stage:
    """Where the story is played: the people and variants by key, and the moment at which it ends."""

    people: Mapping[str, User]
    variants: Mapping[str, Variant]
    now: datetime

    @property
    def staff(self) -> User:
        return self.people["staff"]

    def fill_cart(self, planned: PlannedCart) -> None:
        """Put goods into a customer's cart, unless there is one already."""
        customer = self.people[planned.person.key]
        if open_cart(customer=customer, token=None) is None:
            self._add(get_or_open_cart(customer=customer), planned.lines)

    def play(self, planned: PlannedOrder) -> None:
        """Place an order and let happen to it what is planned. Needs a transaction."""
        order = self._place(planned)
        _FATES[planned.fate](self, order, planned)

    def _add(self, cart: Cart, lines: tuple[tuple[str, int], ...]) -> None:
        for sku, units in lines:
            add_item(cart_id=cart.pk, variant_id=self.variants[sku].pk, quantity=units)

    def _place(self, planned: PlannedOrder) -> Order:
        customer = None if planned.is_guest else self.people[planned.person.key]
        at = self.now - planned.age
        with clock.at(at), translation.override(planned.person.language), through(Door.PAGE):
            cart = get_or_open_cart(customer=customer)
            self._add(cart, planned.lines)
            details = CheckoutDetails.only(
                email=planned.person.email,
                shipping_address=_postal(planned.person, planned.address),
                shipping_method=planned.method,
                payment_provider=planned.provider,
            )
            order = place_order(cart_id=cart.pk, actor=customer, details=details).order
        number = order.number if Order.objects.filter(number=planned.number).exists() else planned.number
        Order.objects.filter(pk=order.pk).update(source=SOURCE, source_key=planned.key, number=number)
        order.refresh_from_db()
        return order

    def receive_money(self, order: Order, *, at: datetime) -> None:
        """The transfer arrives; cash is collected by the delivery itself."""
        if order.payment_provider != "bank_transfer":
            return
        payment = order.payments.get(status=PaymentState.PENDING)
        with clock.at(at), through(Door.ADMIN):
            capture_payment(payment_id=payment.pk, actor=self.staff)

    def ship(
        self, order: Order, planned: PlannedOrder, *, at: datetime, quantities: Mapping[UUID, int] | None = None
    ) -> Shipment:
        with clock.at(at), through(Door.ADMIN):
            return ship_order(
                order_id=order.pk,
                actor=self.staff,
                tracking_number=planned.tracking_number,
                quantities=quantities,
            )

    def deliver(self, order: Order, shipment: Shipment, *, at: datetime) -> None:
        with clock.at(at), through(Door.ADMIN):
            deliver_shipment(shipment_id=shipment.pk, actor=self.staff)

    def refund(self, order: Order, *, whole: bool, at: datetime, note: str) -> None:
        payment = order.payments.get(status=PaymentState.CAPTURED)
        amount = payment.amount if whole else min(payment.amount, order.lines.earliest("position").unit_price)
        with clock.at(at), through(Door.ADMIN):
            refund_payment(payment_id=payment.pk, amount=amount, actor=self.staff, note=note)


# What happens after an order is placed ---------------------------------------------------------------------------


def _nothing(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    """The order waits."""


def _paid(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    stage.receive_money(order, at=order.placed_at + 20 * HOUR)


def _cancelled(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    at = order.placed_at + 9 * HOUR
    with clock.at(at), through(Door.PAGE):
        cancel_order(order_id=order.pk, actor=order.customer)


def _expired(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    at = (order.expires_at or order.placed_at) + timedelta(minutes=5)
    with clock.at(at), through(Door.TASK):
        expire_unpaid_orders()


def _partly_shipped(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    _paid(stage, order, planned)
    first = order.lines.earliest("position")
    stage.ship(order, planned, at=order.placed_at + 30 * HOUR, quantities={first.pk: first.quantity})


def _on_the_road(stage: Stage, order: Order, planned: PlannedOrder) -> Shipment:
    _paid(stage, order, planned)
    return stage.ship(order, planned, at=order.placed_at + 32 * HOUR)


def _delivered(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    shipment = _on_the_road(stage, order, planned)
    days = {"standard": 4, "express": 1, "pickup": 1}[planned.method]
    stage.deliver(order, shipment, at=order.placed_at + 32 * HOUR + timedelta(days=days, hours=3))


def _partly_refunded(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    _delivered(stage, order, planned)
    stage.refund(order, whole=False, at=order.placed_at + timedelta(days=12), note="One piece arrived broken")


def _refunded(stage: Stage, order: Order, planned: PlannedOrder) -> None:
    _delivered(stage, order, planned)
    stage.refund(order, whole=True, at=order.placed_at + timedelta(days=14), note="Sent back within the period")


_FATES: dict[Fate, Callable[[Stage, Order, PlannedOrder], object]] = {
    Fate.AWAITING_MONEY: _nothing,
    Fate.EXPIRED: _expired,
    Fate.CANCELLED: _cancelled,
    Fate.CASH_TO_COME: _nothing,
    Fate.PAID: _paid,
    Fate.PARTLY_SHIPPED: _partly_shipped,
    Fate.ON_THE_ROAD: _on_the_road,
    Fate.DELIVERED: _delivered,
    Fate.PARTLY_REFUNDED: _partly_refunded,
    Fate.REFUNDED: _refunded,
}


def _postal(person: PersonText, address: int) -> PostalAddress:
    named = {"full_name": person.full_name, "company": person.company, "phone": person.phone}
    return PostalAddress.from_dict({**named, **person.addresses[address]})
