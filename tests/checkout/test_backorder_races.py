"""Fifty buyers of what is there and what may be backordered, first without the lock, then with it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from carts.models import Cart
from catalog.models import Variant
from checkout.services.cancel_order import cancel_order
from checkout.services.place_order import place_order
from inventory import locking, services
from inventory.errors import OutOfStock
from inventory.models import Reservation, StockItem
from inventory.services import exchange
from orders.models import Order
from tests.factories.checkout import cart_ready_to_order, confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.races import at_once, without_lock

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, UNITS, LIMIT = 50, 3, 4
# Who looks after the last unit is gone is told so before anything is locked.
TOO_LATE = {OutOfStock}
_LIMIT_CHECK = "inventory_stockitem_backorder_limit"


def sold_ahead(on_hand: int, limit: int) -> Variant:
    variant = stocked_variant(on_hand)
    services.limit_backorders(variant_id=variant.pk, location=LocationFactory(), limit=limit)
    return variant


def place(cart: Cart) -> Callable[[], Order]:
    return lambda: place_order(cart_id=cart.pk, actor=None).order


def counted(variant: Variant) -> tuple[int, int, int]:
    item = StockItem.objects.get(variant=variant)
    return item.on_hand, item.reserved, item.backordered


@pytest.fixture
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither of two locks, and neither writes before both have read; the CHECK is off as well."""
    both_have_read, write = threading.Barrier(2), exchange.apply_changes

    def write_when_both_have_read(*args: Any, **kwargs: Any) -> None:
        both_have_read.wait(timeout=60)
        write(*args, **kwargs)

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inventory_stockitem DROP CONSTRAINT {_LIMIT_CHECK}")
    with monkeypatch.context() as patch:
        patch.setattr(locking, "lock_rows", without_lock)
        patch.setattr(exchange, "apply_changes", write_when_both_have_read)
        yield
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET backordered = 0")
        cursor.execute(
            f"ALTER TABLE inventory_stockitem ADD CONSTRAINT {_LIMIT_CHECK}"
            " CHECK (backordered >= 0 AND backorder_limit >= backordered)"
        )


@pytest.fixture
def two_carts_for_the_last_backorder() -> tuple[Variant, list[Cart]]:
    variant = sold_ahead(0, limit=1)
    return variant, [cart_ready_to_order(variant) for _ in range(2)]


def test_without_the_lock_two_buyers_have_the_last_backorder(
    two_carts_for_the_last_backorder: tuple[Variant, list[Cart]], without_the_lock: None
) -> None:
    variant, carts = two_carts_for_the_last_backorder
    at_once(*[place(cart) for cart in carts])
    assert counted(variant) == (0, 0, 2)


def test_one_of_two_buyers_has_the_last_backorder(
    two_carts_for_the_last_backorder: tuple[Variant, list[Cart]],
) -> None:
    variant, carts = two_carts_for_the_last_backorder
    results = at_once(*[place(cart) for cart in carts])
    [refused] = [one for one in results if isinstance(one, Exception)]
    assert type(refused) in TOO_LATE
    assert counted(variant) == (0, 0, 1)


@pytest.mark.slow
def test_fifty_buyers_of_three_units_and_four_backorders_make_seven_orders() -> None:
    variant = sold_ahead(UNITS, limit=LIMIT)
    carts = [cart_ready_to_order(variant) for _ in range(BUYERS)]
    results = at_once(*[place(cart) for cart in carts])
    refused = [one for one in results if isinstance(one, Exception)]
    assert {type(one) for one in refused} <= TOO_LATE
    assert len(refused) == BUYERS - UNITS - LIMIT
    assert Order.objects.count() == UNITS + LIMIT
    assert counted(variant) == (UNITS, UNITS, LIMIT)
    assert Reservation.objects.filter(backordered=1).count() == LIMIT


@pytest.mark.slow
def test_receipts_cancellations_and_buyers_at_once_leave_nobody_waiting_for_what_is_there() -> None:
    variant = sold_ahead(UNITS, limit=LIMIT)
    placed = [confirmed_order(variant=variant) for _ in range(UNITS + LIMIT)]
    carts = [cart_ready_to_order_later(variant) for _ in range(8)]
    location = LocationFactory()

    def receive() -> StockItem:
        return services.receive_stock(variant_id=variant.pk, location=location, quantity=1)

    cancelled = [lambda order=order: cancel_order(order_id=order.pk, actor=None) for order in placed[:2]]
    results = at_once(*[place(cart) for cart in carts], *cancelled, *[receive] * 4)
    assert {type(one) for one in results if isinstance(one, Exception)} <= TOO_LATE
    on_hand, reserved, backordered = counted(variant)
    assert on_hand == UNITS + 4
    assert backordered == 0 or reserved == on_hand
    kept = Reservation.objects.filter(stock_item__variant=variant)
    assert sum(one.reserved for one in kept) == reserved
    assert sum(one.backordered for one in kept) == backordered


def cart_ready_to_order_later(variant: Variant) -> Cart:
    """A cart that was filled while there was something left."""
    StockItem.objects.filter(variant=variant).update(backorder_limit=LIMIT + 1)
    cart = cart_ready_to_order(variant)
    StockItem.objects.filter(variant=variant).update(backorder_limit=LIMIT)
    return cart
