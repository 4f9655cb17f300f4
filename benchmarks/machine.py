"""The shop against an oracle of a few lines: whatever is done in whatever order, both say the same of every unit."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carts.details import CheckoutDetails
from carts.models import Cart, CartLine
from carts.services import add_item, get_or_open_cart, merge_at_login, set_quantity
from checkout.errors import CheckoutIncomplete, NotCancellable
from checkout.selectors import quote_cart
from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import ship_order
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units
from core import clock
from core.errors import DomainError, InvalidInput, InvalidTransition
from core.i18n.addresses import PostalAddress
from core.integrity import make_check, registered
from inventory.errors import OutOfStock, StockBelowReserved
from inventory.models import Reservation, StockItem
from inventory.selectors import available_by_variant
from inventory.services import adjust_stock, receive_stock, release_run_out
from orders.models import Order, OrderLine
from orders.states import OrderStatus
from payments.services import capture_payment
from tests.factories.accounts import UserFactory, postal
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.shipping import ShippingMethodFactory

CUSTOMER = 0  # whose cart those of the two guests are merged into
_SHOPPERS, _VARIANTS, _ANY = st.integers(CUSTOMER, 2), st.integers(0, 1), st.integers(0, 1_000)
_MINUTES = st.sampled_from([1, 4, 6, 14, 15, 16, 60, 60 * 24 * 8])
_HOLD = timedelta(minutes=settings.RESERVATION_MINUTES)

Units = Counter[int]  # by variant


class Oracle:
    """What is on hand, what carts want, what is held for them until when, and what orders still wait for."""

    def __init__(self, on_hand: Units, now: datetime) -> None:
        self.now, self.on_hand = now, on_hand
        self.wants: list[Units] = [Counter(), Counter(), Counter()]
        self.holds: dict[tuple[int, int], tuple[int, datetime]] = {}
        self.orders: dict[UUID, tuple[OrderStatus, Units]] = {}

    def wait(self, now: datetime) -> None:
        self.now = now
        self.holds = {whose: (units, until) for whose, (units, until) in self.holds.items() if until > now}

    def available(self, variant: int, *, to: int | None = None) -> int:
        held = sum(units for (cart, one), (units, _until) in self.holds.items() if one == variant and cart != to)
        return self.on_hand[variant] - held - sum(left[variant] for _status, left in self.orders.values())

    def is_short(self, cart: int) -> bool:
        return any(units > self.available(variant, to=cart) for variant, units in self.wants[cart].items())

    def resize(self, cart: int, variant: int, units: int) -> None:
        self.wants[cart][variant] = units
        if (cart, variant) in self.holds and units <= self.available(variant, to=cart):
            self.holds[cart, variant] = (units, self.holds[cart, variant][1])

    def forget(self, cart: int) -> None:
        self.wants[cart] = Counter()
        self.holds = {whose: held for whose, held in self.holds.items() if whose[0] != cart}


class ShopMachine(RuleBasedStateMachine):
    """A customer and two guests, two variants (the second in two locations), staff, and time that passes."""

    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        ShippingMethodFactory()
        main, second = LocationFactory(), LocationFactory(code="second", name="Second warehouse", priority=1)
        self.variants = [stocked_variant(4), stocked_variant(3)]
        receive_stock(variant_id=self.variants[1].pk, location=second, quantity=3)
        self.locations = [[main], [main, second]]
        self.customer = UserFactory()
        self.carts = [self._new_cart(number) for number in range(3)]
        self.placed: list[tuple[UUID, UUID]] = []  # orders, and the carts that they came from
        self.unpaid_until: dict[UUID, datetime] = {}
        self.now = timezone.now()
        self.oracle = Oracle(Counter({0: 4, 1: 6}), self.now)

    def teardown(self) -> None:
        """Check what check_integrity does, and undo all."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            outcomes = [make_check(check, limit=3) for check in registered().values()]
            assert [one for one in outcomes if one.violations or one.error] == []
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    @rule(variant=_VARIANTS, place=_ANY, units=st.integers(1, 5))
    def receive(self, variant: int, place: int, units: int) -> None:
        places = self.locations[variant]
        with self._does("receive"):
            receive_stock(variant_id=self.variants[variant].pk, location=places[place % len(places)], quantity=units)
        self.oracle.on_hand[variant] += units

    @rule(units=st.integers(-6, 6).filter(bool))
    def adjust(self, units: int) -> None:
        short = units < 0 and self.oracle.available(0) + units < 0
        item = StockItem.objects.get(variant=self.variants[0])
        with self._does("adjust", StockBelowReserved if short else None):
            adjust_stock(stock_item_id=item.pk, quantity=units, reason="counted", actor=None)
        self.oracle.on_hand[0] += 0 if short else units

    @rule(cart=_SHOPPERS, variant=_VARIANTS, units=st.integers(1, 4))
    def add(self, cart: int, variant: int, units: int) -> None:
        wanted = self.oracle.wants[cart][variant] + units
        short = wanted > self.oracle.available(variant, to=cart)
        with self._does("add", OutOfStock if short else None):
            add_item(cart_id=self.carts[cart].pk, variant_id=self.variants[variant].pk, quantity=units)
        if not short:
            self.oracle.resize(cart, variant, wanted)

    @rule(cart=_SHOPPERS, variant=_VARIANTS, units=st.integers(0, 6))
    def change(self, cart: int, variant: int, units: int) -> None:
        wants = self.oracle.wants[cart]
        if variant not in wants:
            return
        short = units > wants[variant] and units > self.oracle.available(variant, to=cart)
        line = self.carts[cart].lines.get(variant=self.variants[variant])
        with self._does("change", OutOfStock if short else None):
            set_quantity(cart_id=self.carts[cart].pk, line_id=line.pk, quantity=units)
        if units == 0:
            del wants[variant]
            self.oracle.holds.pop((cart, variant), None)
        elif not short:
            self.oracle.resize(cart, variant, units)

    @rule(cart=_SHOPPERS)
    def start_checkout(self, cart: int) -> None:
        oracle, wants = self.oracle, self.oracle.wants[cart]
        held = {variant: oracle.holds.get((cart, variant), (0, self.now)) for variant in wants}
        is_held = bool(wants) and all(held[variant][0] == units for variant, units in wants.items())
        until = min(until for _units, until in held.values()) if is_held else None
        short = oracle.is_short(cart)
        if wants and not short and (until is None or until < self.now + _HOLD * 2 / 3):
            until = self.now + _HOLD
            oracle.holds |= {(cart, variant): (units, until) for variant, units in wants.items()}
        with self._does("start checkout"):
            quote = keep_units(quote=quote_cart(Cart.objects.get(pk=self.carts[cart].pk)), now=self.now)
        assert (quote.has_problems, quote.held_until) == (short, until)

    @rule(minutes=_MINUTES)
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.oracle.wait(self.now)
        self.done["wait"] += 1

    @rule()
    def sweep(self) -> None:
        with self._does("sweep"):
            release_run_out()
        assert not Reservation.objects.filter(expires_at__lte=self.now).exists()

    @rule(cart=_SHOPPERS, provider=st.sampled_from(["cash_on_delivery", "bank_transfer"]))
    def place(self, cart: int, provider: str) -> None:
        refusal = OutOfStock if self.oracle.is_short(cart) else None if self.oracle.wants[cart] else CheckoutIncomplete
        details = CheckoutDetails.only(
            email="nour@souk.example",
            shipping_address=PostalAddress(**postal()),
            shipping_method="standard",
            payment_provider=provider,
        )
        order = None
        with self._does("place", refusal):
            order = place_order(cart_id=self.carts[cart].pk, actor=None, details=details).order
        if order is None:
            return
        self.placed.append((order.pk, self.carts[cart].pk))
        status = OrderStatus.CONFIRMED if provider == "cash_on_delivery" else OrderStatus.PENDING
        if status == OrderStatus.PENDING:
            self.unpaid_until[order.pk] = clock.end_of_day(self.now, days=settings.BANK_TRANSFER_DAYS)
        self.oracle.orders[order.pk] = (status, self.oracle.wants[cart])
        self._follow(cart)

    @precondition(lambda self: self.placed)
    @rule(which=_ANY)
    def place_again(self, which: int) -> None:
        order_id, cart_id = self.placed[which % len(self.placed)]
        with self._does("place again"):
            assert place_order(cart_id=cart_id, actor=None).order.pk == order_id

    @precondition(lambda self: self.placed)
    @rule(which=_ANY)
    def cancel(self, which: int) -> None:
        order = self._order(which)
        has_shipped = self.oracle.orders[order.pk][0] == OrderStatus.PROCESSING
        with self._does("cancel", NotCancellable if has_shipped else None):
            cancel_order(order_id=order.pk, actor=None)
        if not has_shipped:
            self.oracle.orders[order.pk] = (OrderStatus.CANCELLED, Counter())

    @precondition(lambda self: self.placed)
    @rule(which=_ANY)
    def pay(self, which: int) -> None:
        order = self._order(which)
        status, left = self.oracle.orders[order.pk]
        is_void = status == OrderStatus.CANCELLED and not order.paid_minor
        with self._does("pay", InvalidTransition if is_void else None):
            capture_payment(payment_id=order.payments.get().pk, actor=None)
        if status == OrderStatus.PENDING:
            self.oracle.orders[order.pk] = (OrderStatus.CONFIRMED, left)

    @rule()
    def expire_unpaid(self) -> None:
        states = {one: status for one, (status, _left) in self.oracle.orders.items()}
        late = [one for one, until in self.unpaid_until.items() if until <= self.now]
        expired = [one for one in late if states[one] == OrderStatus.PENDING]
        with self._does("expire unpaid"):
            assert expire_unpaid_orders() == len(expired)
        self.oracle.orders |= {one: (OrderStatus.CANCELLED, Counter()) for one in expired}

    @precondition(lambda self: self.placed)
    @rule(which=_ANY, most=st.integers(0, 3), whole=st.booleans())
    def ship(self, which: int, most: int, whole: bool) -> None:
        order = self._order(which)
        status, left = self.oracle.orders[order.pk]
        units = left if whole else Counter({one: min(left[one], most) for one in left})
        lines = {line.variant_id: line.pk for line in order.lines.all()}
        chosen = None if whole else {lines[self.variants[one].pk]: units[one] for one in units}
        refused: type[DomainError] | None = None if +units else InvalidInput
        if status not in {OrderStatus.CONFIRMED, OrderStatus.PROCESSING}:
            refused = InvalidTransition
        with self._does("ship", refused):
            ship_order(order_id=order.pk, actor=None, quantities=chosen)
        if not refused:
            self.oracle.orders[order.pk] = (OrderStatus.PROCESSING, left - units)
            self.oracle.on_hand.subtract(units)

    @rule(guest=st.integers(1, 2))
    def merge(self, guest: int) -> None:
        oracle = self.oracle
        with self._does("merge"):
            merge_at_login(customer=self.customer, token=self.carts[guest].token)
        for variant, units in oracle.wants[guest].items():
            oracle.wants[CUSTOMER][variant] += units
            # What both hold adds up, and is held as long as what was held longer.
            both = [oracle.holds[cart, variant] for cart in (CUSTOMER, guest) if (cart, variant) in oracle.holds]
            if both:
                oracle.holds[CUSTOMER, variant] = (sum(one for one, _until in both), max(until for _one, until in both))
        self._follow(guest)

    @invariant()
    def both_say_the_same(self) -> None:
        oracle, on_hand = self.oracle, Counter[int]()
        for item in StockItem.objects.filter(variant__in=self.variants):
            assert 0 <= item.reserved <= item.on_hand
            on_hand[self._number(item.variant_id)] += item.on_hand
        assert on_hand == oracle.on_hand
        with clock.at(self.now):
            available = available_by_variant([variant.pk for variant in self.variants])
        assert available == {one.pk: oracle.available(number) for number, one in enumerate(self.variants)}
        assert self._reserved() == self._reserved_by_the_oracle()
        states = dict(Order.objects.filter(pk__in=oracle.orders).values_list("pk", "status"))
        assert states == {order: status for order, (status, _left) in oracle.orders.items()}

    def _reserved(self) -> Counter[tuple[Any, int]]:
        """Units by cart or order and variant, in the database."""
        carts = {cart.pk: number for number, cart in enumerate(self.carts)}
        whose: dict[UUID, Any] = {
            line.pk: (carts.get(line.cart_id), self._number(line.variant_id)) for line in CartLine.objects.all()
        }
        whose |= {line.pk: (line.order_id, self._number(line.variant_id)) for line in OrderLine.objects.all()}
        reserved: Counter[tuple[Any, int]] = Counter()
        for one in Reservation.objects.exclude(expires_at__lte=self.now):
            reserved[whose[one.holder]] += one.quantity
        return reserved

    def _reserved_by_the_oracle(self) -> Counter[tuple[Any, int]]:
        held = Counter({whose: units for whose, (units, _until) in self.oracle.holds.items()})
        for order, (_status, left) in self.oracle.orders.items():
            held.update({(order, variant): units for variant, units in left.items()})
        return held

    @contextmanager
    def _does(self, what: str, refused: type[DomainError] | None = None) -> Iterator[None]:
        """Something is done now, and is refused exactly when the oracle says so, and as it says."""
        self.done[what] += 1
        found = None
        try:
            with clock.at(self.now):
                yield
        except DomainError as error:
            found = error
            self.done["refused"] += 1
        assert (type(found) if found else None) is refused, f"{what} was refused by {found!r}, not by {refused}"

    def _follow(self, cart: int) -> None:
        """A cart that was ordered or merged is followed by a new one."""
        self.oracle.forget(cart)
        self.carts[cart] = self._new_cart(cart)

    def _new_cart(self, number: int) -> Cart:
        return get_or_open_cart(customer=self.customer if number == CUSTOMER else None)

    def _order(self, which: int) -> Order:
        return Order.objects.get(pk=self.placed[which % len(self.placed)][0])

    def _number(self, variant_id: UUID | None) -> int:
        return [variant.pk for variant in self.variants].index(variant_id)
