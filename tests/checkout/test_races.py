"""Races on real connections. Each is first seen with the guard off, then not seen with it on."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from carts import services as cart_services
from carts.models import Cart
from carts.services import merge_at_login
from catalog.models import Variant
from checkout.services import place_order as placing
from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import deliver_shipment, ship_order
from checkout.services.place_order import place_order
from core.errors import DomainError
from inventory import locking
from inventory import services as inventory_services
from inventory.models import StockItem, StockMove
from orders.models import Order
from payments.services import capture_payment, refund_payment
from tests.factories.accounts import UserFactory
from tests.factories.checkout import cart_ready_to_order, cart_with, confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.races import at_once, without_lock

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, UNITS = 50, 10


def place(cart: Cart) -> Callable[[], Order]:
    return lambda: place_order(cart_id=cart.pk, actor=None).order


def buy_at_once(variant: Variant) -> Counter[str]:
    carts = [cart_ready_to_order(variant) for _ in range(BUYERS)]
    return Counter(type(result).__name__ for result in at_once(*[place(cart) for cart in carts]))


def sold(variant: Variant) -> int:
    return StockItem.objects.get(variant=variant).reserved


@pytest.fixture
def _no_check() -> Iterator[None]:
    """The net taken away; put back whatever happens."""
    name = "inventory_stockitem_not_oversold"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inventory_stockitem DROP CONSTRAINT {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET reserved = 0")
        cursor.execute(
            f"ALTER TABLE inventory_stockitem ADD CONSTRAINT {name} CHECK (reserved >= 0 AND on_hand >= reserved)"
        )


def read_without_lock(monkeypatch: pytest.MonkeyPatch, readers: int) -> None:
    """Everybody reads the stock before anybody writes it."""
    all_have_read = threading.Barrier(readers, timeout=60)

    def unlocked(rows: Any, **given: Any) -> list[Any]:
        read = without_lock(rows, **given)
        all_have_read.wait()
        return read

    monkeypatch.setattr(locking, "lock_rows", unlocked)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_check")
def test_without_lock_and_check_fifty_buyers_get_fifty_of_ten_units(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = stocked_variant(UNITS)
    read_without_lock(monkeypatch, BUYERS)
    assert buy_at_once(variant) == {"Order": BUYERS}
    assert sold(variant) == BUYERS


@pytest.mark.slow
def test_without_lock_the_check_alone_still_sells_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = stocked_variant(UNITS)
    read_without_lock(monkeypatch, BUYERS)
    assert buy_at_once(variant) == {"Order": UNITS, "IntegrityError": BUYERS - UNITS}
    assert sold(variant) == UNITS


@pytest.mark.slow
def test_fifty_buyers_at_once_get_exactly_ten_units() -> None:
    variant = stocked_variant(UNITS)
    outcome = buy_at_once(variant)
    assert outcome.pop("Order") == UNITS
    assert set(outcome) == {"OutOfStock"}
    assert sold(variant) == Order.objects.count() == UNITS


def test_without_the_carts_lock_only_the_unique_key_stops_a_second_order(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = cart_ready_to_order()
    both_looked = threading.Barrier(2, timeout=20)
    real_quote = placing.quote_cart

    def quote_when_both_are_here(one: Cart) -> object:
        both_looked.wait()
        return real_quote(one)

    monkeypatch.setattr(placing, "lock_cart", lambda cart_id: Cart.objects.get(pk=cart_id))
    monkeypatch.setattr(placing, "quote_cart", quote_when_both_are_here)
    results = Counter(type(result).__name__ for result in at_once(place(cart), place(cart)))
    assert results == {"Order": 1, "IntegrityError": 1}


def test_the_same_cart_submitted_many_times_at_once_gives_one_order() -> None:
    cart = cart_ready_to_order()
    orders = at_once(*[place(cart)] * 8)
    assert len({order.pk for order in orders}) == Order.objects.count() == 1
    assert sold(cart.lines.get().variant) == 1


def test_two_first_requests_of_a_customer_share_one_cart() -> None:
    customer = UserFactory()
    carts = at_once(*[lambda: cart_services.get_or_open_cart(customer=customer)] * 6)
    assert len({cart.pk for cart in carts}) == Cart.objects.count() == 1


def test_adding_at_once_loses_nothing() -> None:
    cart = cart_with(variant := stocked_variant(20))
    at_once(*[lambda: cart_services.add_item(cart_id=cart.pk, variant_id=variant.pk)] * 6)
    assert cart.lines.get().quantity == 7


def test_merging_twice_at_once_adds_once() -> None:
    customer, guest = UserFactory(), cart_with(quantity=2)
    at_once(*[lambda: merge_at_login(customer=customer, token=guest.token)] * 4)
    assert Cart.objects.get(customer=customer).lines.get().quantity == 2


def test_an_order_is_shipped_or_cancelled_but_not_both() -> None:
    order = confirmed_order(quantity=2)
    shipped, cancelled = at_once(
        lambda: ship_order(order_id=order.pk, actor=None),
        lambda: cancel_order(order_id=order.pk, actor=None),
    )
    assert isinstance(shipped, DomainError) != isinstance(cancelled, DomainError)
    item = StockItem.objects.get()
    assert (item.on_hand, item.reserved) == ((10, 0) if isinstance(shipped, DomainError) else (8, 0))


def test_a_payment_that_arrives_while_the_order_expires_is_either_taken_or_refused() -> None:
    order = order_awaiting_transfer()
    payment = order.payments.get()
    captured, _ = at_once(
        lambda: capture_payment(payment_id=payment.pk, actor=None),
        lambda: expire_unpaid_orders(now=order.expires_at),
    )
    order.refresh_from_db()
    refused = isinstance(captured, DomainError)
    assert (order.status, order.paid_minor) == (("cancelled", 0) if refused else ("confirmed", order.total_minor))


def test_refunds_at_once_never_give_back_more_than_came_in() -> None:
    payment = (order := order_awaiting_transfer()).payments.get()
    capture_payment(payment_id=payment.pk, actor=None)
    at_once(*[lambda: refund_payment(payment_id=payment.pk, amount=order.total, actor=None)] * 4)
    order.refresh_from_db()
    assert (order.refunded, order.due.minor) == (order.total, 0)


def test_two_parcels_handed_over_at_once_complete_the_order_and_collect_once() -> None:
    order = confirmed_order(quantity=2)
    line = order.lines.get()
    parcels = [ship_order(order_id=order.pk, actor=None, quantities={line.pk: 1}) for _ in range(2)]
    at_once(*[lambda parcel=parcel: deliver_shipment(shipment_id=parcel.pk, actor=None) for parcel in parcels])
    order.refresh_from_db()
    assert (order.status, order.paid_minor) == ("completed", order.total_minor)


def test_shipping_the_same_order_twice_at_once_ships_once() -> None:
    order = confirmed_order(quantity=2)
    at_once(*[lambda: ship_order(order_id=order.pk, actor=None)] * 4)
    assert StockMove.objects.filter(kind=StockMove.Kind.SHIPMENT).count() == 1
    assert StockItem.objects.get().on_hand == 8


def test_stock_adjusted_down_while_it_sells_never_falls_below_what_is_promised() -> None:
    variant = stocked_variant(3)
    item = StockItem.objects.get(variant=variant)
    carts = [cart_ready_to_order(variant) for _ in range(3)]
    at_once(
        *[place(cart) for cart in carts],
        lambda: inventory_services.adjust_stock(stock_item_id=item.pk, quantity=-2, reason="Count", actor=None),
    )
    item.refresh_from_db()
    assert item.reserved == Order.objects.count() <= item.on_hand
