"""Races for held units on real connections. Each is first seen with the lock off, then not seen with it on."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from carts.models import Cart
from catalog.models import Variant
from checkout.selectors import Quote, quote_cart
from checkout.services.place_order import place_order
from checkout.services.update_checkout import keep_units
from inventory import locking, services
from inventory.models import Reservation, StockItem
from inventory.services import exchange
from orders.models import Order
from tests.factories.checkout import cart_ready_to_order
from tests.factories.inventory import stocked_variant
from tests.races import at_once, without_lock

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timezone.now() - timedelta(hours=1)
SHOPPERS, UNITS = 50, 10


def keep(cart: Cart) -> Callable[[], Quote]:
    quote = quote_cart(cart)
    return lambda: keep_units(quote=quote)


def place(cart: Cart) -> Callable[[], Order]:
    return lambda: place_order(cart_id=cart.pk, actor=None).order


def sweep() -> int:
    return services.release_run_out()


def adjust_down(variant: Variant) -> Callable[[], Any]:
    item = StockItem.objects.get(variant=variant)
    return lambda: services.adjust_stock(stock_item_id=item.pk, quantity=-1, reason="Broken", actor=None)


def cart_whose_hold_ran_out(variant: Variant) -> Cart:
    cart = cart_ready_to_order(variant)
    keep_units(quote=quote_cart(cart), now=LONG_AGO)
    return cart


def counted(variant: Variant) -> tuple[int, int]:
    """Units reserved as the stock item says, and as its reservations say."""
    item = StockItem.objects.get(variant=variant)
    return item.reserved, item.reservations.aggregate(units=Sum("quantity"))["units"] or 0


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Runs two tasks of which neither locks, and neither writes before both have read; the CHECK is off as well."""

    def run(*tasks: Callable[[], Any]) -> None:
        both_have_read, write = threading.Barrier(2), exchange.apply_changes

        def write_when_both_have_read(*args: Any, **kwargs: Any) -> None:
            both_have_read.wait(timeout=60)
            write(*args, **kwargs)

        monkeypatch.setattr(locking, "lock_rows", without_lock)
        monkeypatch.setattr(exchange, "apply_changes", write_when_both_have_read)
        assert [error for error in at_once(*tasks) if isinstance(error, Exception)] == []

    name = "inventory_stockitem_not_oversold"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE inventory_stockitem DROP CONSTRAINT {name}")
    yield run
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET reserved = 0")
        cursor.execute(
            f"ALTER TABLE inventory_stockitem ADD CONSTRAINT {name} CHECK (reserved >= 0 AND on_hand >= reserved)"
        )


def test_without_the_lock_two_shoppers_hold_the_last_unit(unguarded: Callable[..., None]) -> None:
    variant = stocked_variant(1)
    unguarded(*[keep(cart_ready_to_order(variant)) for _ in range(2)])
    assert counted(variant) == (2, 2)


def test_one_of_two_shoppers_holds_the_last_unit() -> None:
    variant = stocked_variant(1)
    quotes = at_once(*[keep(cart_ready_to_order(variant)) for _ in range(2)])
    assert sorted(quote.held_until is not None for quote in quotes) == [False, True]
    assert counted(variant) == (1, 1)


@pytest.mark.parametrize("go_on", [keep, place])
def test_without_the_lock_the_sweep_takes_what_its_shopper_goes_on_with(
    go_on: Callable[[Cart], Callable[[], Any]], unguarded: Callable[..., None]
) -> None:
    variant = stocked_variant(1)
    cart = cart_whose_hold_ran_out(variant)
    unguarded(go_on(cart), sweep)
    assert counted(variant) != (1, 1)


@pytest.mark.parametrize("go_on", [keep, place])
def test_a_shopper_who_goes_on_while_the_sweep_comes_has_the_units(
    go_on: Callable[[Cart], Callable[[], Any]],
) -> None:
    variant = stocked_variant(1)
    cart = cart_whose_hold_ran_out(variant)
    at_once(go_on(cart), sweep, sweep)
    assert counted(variant) == (1, 1)


def test_without_the_lock_units_are_held_that_are_adjusted_away(unguarded: Callable[..., None]) -> None:
    variant = stocked_variant(1)
    unguarded(keep(cart_ready_to_order(variant)), adjust_down(variant))
    assert (StockItem.objects.get().on_hand, counted(variant)) == (0, (1, 1))


def test_units_are_held_or_adjusted_away_but_not_both() -> None:
    variant = stocked_variant(1)
    at_once(keep(cart_ready_to_order(variant)), adjust_down(variant))
    on_hand = StockItem.objects.get().on_hand
    assert counted(variant) == (on_hand, on_hand)


@pytest.mark.slow
def test_fifty_shoppers_at_once_hold_ten_units_and_those_ten_buy_them() -> None:
    variant = stocked_variant(UNITS)
    carts = [cart_ready_to_order(variant) for _ in range(SHOPPERS)]
    quotes = at_once(*[keep(cart) for cart in carts])
    assert counted(variant) == (UNITS, UNITS)
    lucky = {quote.cart.pk for quote in quotes if quote.held_until}
    at_once(*[place(cart) for cart in carts])
    assert set(Order.objects.values_list("cart_id", flat=True)) == lucky
    assert not Reservation.objects.exclude(expires_at=None).exists()
    assert counted(variant) == (UNITS, UNITS)
