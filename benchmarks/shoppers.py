"""The clients of a storm: shoppers who change their minds, staff who move units, and the sweeps, step by step.

A client is a generator that stops after each call of a service; the next connection that is free goes on with it, so
that some hundred clients are on their way at once over far fewer connections.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from queue import PriorityQueue
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.test import override_settings

from benchmarks.shelf import ADDRESS, EMAIL, METHOD
from benchmarks.tally import Kept, Part, Tally
from carts.details import CheckoutDetails
from carts.models import Cart
from carts.services import add_item, get_or_open_cart, set_quantity
from checkout.selectors import quote_cart
from checkout.services.cancel_order import cancel_for_customer, cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import ship_order
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units, update_checkout
from core.errors import DomainError
from core.i18n.addresses import PostalAddress
from inventory.models import StockItem
from inventory.selectors import available_by_variant
from inventory.services import adjust_stock, release_run_out
from orders.models import Order
from payments.services import capture_payment

Answer = TypeVar("Answer")
# What a step may say: that there is nothing to do until something has come back.
_WAIT = "wait"
Steps = Generator[Any, None, Answer]
_SWEEPERS, _STAFF, _MOVES = 3, 4, 10
# How many of those who wait a sweep sends to look again.
_TOLD = 5
_LONGEST_LINE = 3
_TRIES = 4


def run_part(part: Part, kept: Kept) -> Tally:
    """Let a part's clients loose until each has bought or nothing is left; returns what happened."""
    days = part.hold_seconds / 86_400
    with override_settings(RESERVATION_MINUTES=days * 1_440, BANK_TRANSFER_DAYS=days):
        return _Crowd(part, kept).run()


class _Crowd:
    """The clients, and the connections that they share."""

    def __init__(self, part: Part, kept: Kept) -> None:
        self.part, self.kept, self.tally = part, kept, Tally()
        self._waiting: PriorityQueue[tuple[int, int, Iterator[Any] | None]] = PriorityQueue()
        self._found_nothing: deque[Iterator[Any]] = deque()
        self._order = count()
        self._lock = threading.Lock()
        self._at_work = part.clients + _STAFF
        self._sweepers = _SWEEPERS
        for number in range(part.clients):
            self.go_on(_Shopper(self, number).life())
        for number in range(_STAFF):
            self.go_on(self._move_units(random.Random(f"{part.seed}/staff/{number}")))
        for _number in range(_SWEEPERS):
            self.go_on(self._sweep())

    def run(self) -> Tally:
        threads = [threading.Thread(target=self._work) for _number in range(self.part.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.tally

    def go_on(self, client: Iterator[Any], *, at_once: bool = False) -> None:
        """Have the client's next step done when its turn comes, or by the next connection that is free."""
        self._waiting.put((0 if at_once else 1, next(self._order), client))

    def ask(self, act: Callable[..., Answer], **arguments: Any) -> Answer | None:
        """The service's answer; None if it refused, which is noted."""
        try:
            return act(**arguments)
        except DomainError as error:
            self.tally.refused.append(error.code)
        except Exception as error:  # noqa: BLE001  (whatever it is, nobody may be told it)
            self._note(error)
        return None

    def _note(self, error: Exception) -> None:
        self.tally.broken.append(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")

    @property
    def is_late(self) -> bool:
        return time.time() > self.part.until

    def _work(self) -> None:
        try:
            while (client := self._waiting.get()[2]) is not None:
                try:
                    said = next(client)
                except StopIteration as end:
                    self._note_end(end.value)
                except Exception as error:  # noqa: BLE001  (by a read: a shopper gives up, the round goes on)
                    self._note(error)
                    self._note_end(None)
                else:
                    self._found_nothing.append(client) if said == _WAIT else self.go_on(client)
        finally:
            connection.close()

    def _note_end(self, ended: str | None) -> None:
        with self._lock:
            self._at_work -= ended is None
            self._sweepers -= ended == "sweeper"
            if ended == "sweeper" and not self._sweepers:
                for _number in range(self.part.connections):
                    self._waiting.put((2, next(self._order), None))

    def _sweep(self) -> Steps[str]:
        while self._at_work:
            self.tally.did += ["hold run out"] * (self.ask(release_run_out) or 0)
            yield
            self.tally.did += ["unpaid order expired"] * (self.ask(expire_unpaid_orders) or 0)
            with suppress(IndexError):
                for _number in range(_TOLD):
                    self.go_on(self._found_nothing.popleft())
            yield
        return "sweeper"

    def _move_units(self, rng: random.Random) -> Steps[None]:
        """A member of staff carries units from one location to the other, if nobody was promised them."""
        for _move in range(_MOVES):
            items = list(StockItem.objects.filter(variant=rng.choice(self.part.variants)).order_by("id"))
            rng.shuffle(items)
            taken = self.ask(adjust_stock, stock_item_id=items[0].pk, quantity=-1, reason="Carried", actor=None)
            yield
            if taken:
                self.ask(adjust_stock, stock_item_id=items[-1].pk, quantity=1, reason="Carried", actor=None)
                self.tally.did.append("unit carried")
                yield


class _Shopper:
    """Wants one variant or two, changes their mind some times, and in the end buys unless others have bought all."""

    def __init__(self, crowd: _Crowd, number: int) -> None:
        self._crowd, self._tally, self._ask = crowd, crowd.tally, crowd.ask
        self._rng = random.Random(f"{crowd.part.seed}/{number}")
        variants = crowd.part.variants
        self._tabs: deque[Cart] = deque()  # in which an order is under way as well
        self._likes = [variants[number % len(variants)], self._rng.choice(variants)]

    def life(self) -> Steps[None]:
        twists = [self._walk_away, self._cancel, self._never_pay]
        for twist in self._rng.sample(twists, self._rng.choice([0, 0, 1, 1, 2])):
            yield from twist()
        while self._can_hope() and not (yield from self._buy()):
            yield _WAIT

    def _can_hope(self) -> bool:
        part, kept = self._crowd.part, self._crowd.kept
        return not self._crowd.is_late and any(kept[part.variants.index(one)] < part.units for one in self._likes)

    def _walk_away(self) -> Steps[None]:
        """Leave in the middle of the checkout, for ever."""
        if (yield from self._enter_checkout()):
            self._tally.did.append("walked away")

    def _cancel(self) -> Steps[None]:
        order = yield from self._place(provider="cash_on_delivery")
        if order is None:
            return
        if self._ask(self._rng.choice([cancel_order, cancel_for_customer]), order_id=order.pk, actor=None):
            self._tally.did.append("cancelled")
        yield

    def _never_pay(self) -> Steps[None]:
        if (yield from self._place(provider="bank_transfer")):
            self._tally.did.append("never paid")

    def _buy(self) -> Steps[bool]:
        """Look whether there is something, order it, and pay or have it sent; True if it is theirs for good."""
        seen = available_by_variant(self._likes)
        if not any(seen.values()) and self._rng.random() < 0.9:
            return False
        yield
        pays = self._rng.random() < 0.3
        order = yield from self._place(provider="bank_transfer" if pays else "cash_on_delivery")
        if order is None:
            return False
        if pays and not self._ask(capture_payment, payment_id=order.payments.get().pk, actor=None):
            return False  # it had expired
        self._keep(order)
        yield
        if self._rng.random() < 0.3 and self._ask(ship_order, order_id=order.pk, actor=None):
            self._tally.did.append("shipped")
        return True

    def _keep(self, order: Order) -> None:
        self._tally.kept.append(order.pk)
        kept = self._crowd.kept
        with kept.get_lock():
            for variant, quantity in order.lines.values_list("variant_id", "quantity"):
                kept[self._crowd.part.variants.index(variant)] += quantity

    def _place(self, *, provider: str) -> Steps[Order | None]:
        """Order what was put into the cart, or what is left of it; some do so twice at once, some again later."""
        cart = yield from self._enter_checkout()
        if cart is None:
            return None
        details = CheckoutDetails.only(shipping_method=METHOD, payment_provider=provider)
        for _try in range(_TRIES):
            if self._rng.random() < 0.3:
                self._tabs.append(cart)
                self._crowd.go_on(self._place_again(cart, details), at_once=True)
            order = self._place_now(cart, details)
            yield
            if order is not None:
                if self._rng.random() < 0.2:
                    self._tabs.append(cart)
                    yield from self._place_again(cart, details)
                return order
            if not (yield from self._make_do(cart)):
                break
        while self._tabs:
            yield
        return Order.objects.filter(cart=cart).first()  # the other tab may have had more luck

    def _place_now(self, cart: Cart, details: CheckoutDetails) -> Order | None:
        began = time.perf_counter()
        placed = self._ask(place_order, cart_id=cart.pk, actor=None, details=details)
        order = placed.order if placed else None
        if order is not None:
            self._tally.seconds.append(time.perf_counter() - began)
            self._tally.answers.append((cart.pk, order.pk))
            self._hurry(order)
        return order

    def _hurry(self, order: Order) -> None:
        """Await a transfer as long as a hold: no round lasts until the end of the day that shoppers are told."""
        until = order.placed_at + timedelta(seconds=self._crowd.part.hold_seconds)
        Order.objects.filter(pk=order.pk, expires_at__gt=until).update(expires_at=until)

    def _place_again(self, cart: Cart, details: CheckoutDetails) -> Steps[str]:
        self._tally.did.append("placed again")
        if placed := self._ask(place_order, cart_id=cart.pk, actor=None, details=details):
            self._tally.answers.append((cart.pk, placed.order.pk))
            self._hurry(placed.order)
        self._tabs.pop()
        yield
        return "again"

    def _enter_checkout(self) -> Steps[Cart | None]:
        """A cart with what there was, its units held as long as nobody was faster; None without a line."""
        cart = get_or_open_cart()
        lines: list[UUID] = []
        for variant in self._likes[: self._rng.choice([1, 1, 2])]:
            for quantity in (self._rng.randint(1, _LONGEST_LINE), 1):
                if line := self._ask(add_item, cart_id=cart.pk, variant_id=variant, quantity=quantity):
                    lines.append(line.pk)
                    break
            yield
        if not lines:
            return None
        details = CheckoutDetails.only(email=EMAIL, shipping_address=PostalAddress(**ADDRESS))
        self._ask(update_checkout, customer=None, token=cart.token, details=details)
        yield
        if self._rng.random() < 0.3:
            wanted = self._rng.randint(1, _LONGEST_LINE)
            self._ask(set_quantity, cart_id=cart.pk, line_id=self._rng.choice(lines), quantity=wanted)
            self._tally.did.append("cart changed")
            yield
        if self._rng.random() < 0.5:
            self._ask(keep_units, quote=quote_cart(Cart.objects.get(pk=cart.pk)))
            self._tally.did.append("hold extended")
            yield
        return cart

    def _make_do(self, cart: Cart) -> Steps[bool]:
        """Take as many as there are; False if that is none."""
        found = False
        for one in quote_cart(Cart.objects.get(pk=cart.pk)).lines:
            quantity = min(one.line.quantity, one.available)
            if quantity < one.line.quantity:
                self._ask(set_quantity, cart_id=cart.pk, line_id=one.line.id, quantity=quantity)
                yield
            found = found or quantity > 0
        self._tally.did.append("tried again")
        return found
