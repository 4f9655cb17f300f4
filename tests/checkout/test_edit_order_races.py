"""Two who change an order at once, or change it while it is cancelled or sent; first without its lock, then with it."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Variant
from checkout.errors import NotEditable
from checkout.services import edit_order as staff_orders
from checkout.services.cancel_order import cancel_order
from checkout.services.edit_order import Edit, edit_order, quote_edit
from checkout.services.fulfil_order import ship_order
from checkout.services.place_items import Item
from core.money import Money
from inventory.models import StockItem
from orders.models import Order
from pricing.discounts import Discount, DiscountTarget
from tests.edits import change, lines_of, order_of, reserved
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def worth(order: Order) -> int:
    """What the lines amount to."""
    return sum(line.total_minor for line in order.lines.all())


def edit(order: Order, units: int) -> Callable[[], Order]:
    return lambda: change(order, units={order.lines.get().pk: units})


def both_lines(order: Order) -> list[Callable[[], Order]]:
    """Two colleagues, each with a line of their own."""
    return [lambda pk=line.pk: change(order, units={pk: 5}) for line in order.lines.all()]


def test_without_the_orders_lock_the_total_forgets_one_of_two_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = stocked_variant(50), stocked_variant(50)
    order = order_of(first, second, quantity=2)
    both_read = threading.Barrier(2, timeout=20)

    def quoted_together(**said: Any) -> Any:
        quote = quote_edit(**said)
        both_read.wait()
        return quote

    monkeypatch.setattr(staff_orders, "lock_order", lambda order_id: Order.objects.get(pk=order_id))
    monkeypatch.setattr(staff_orders, "quote_edit", quoted_together)
    at_once(*both_lines(order))

    order.refresh_from_db()
    assert order.subtotal_minor != worth(order)


def test_two_edits_at_once_both_count() -> None:
    order = order_of(stocked_variant(50), stocked_variant(50), quantity=2)

    results = at_once(*both_lines(order))

    assert not [result for result in results if isinstance(result, Exception)]
    order.refresh_from_db()
    assert [units for _sku, units, _price in lines_of(order)] == [5, 5]
    assert order.subtotal_minor == worth(order)
    assert order.payments.get(status="pending").amount_minor == order.total_minor


def test_the_same_item_added_at_once_adds_up() -> None:
    order, added = confirmed_order(), stocked_variant(50)

    at_once(*[lambda: change(order, Item(3, sku=added.sku))] * 4)

    assert (order.lines.get(sku=added.sku).quantity, reserved(added)) == (12, 12)


def test_crosswise_edits_of_two_orders_do_not_lock_each_other_out() -> None:
    first, second = stocked_variant(50), stocked_variant(50)
    orders = [order_of(first, second), order_of(second, first)]

    def swap(order: Order, more: Variant, less: Variant) -> Callable[[], Order]:
        units = {order.lines.get(sku=more.sku).pk: 4, order.lines.get(sku=less.sku).pk: 1}
        return lambda: change(order, units=units)

    results = at_once(swap(orders[0], first, second), swap(orders[1], second, first))

    assert not [result for result in results if isinstance(result, Exception)]
    assert (reserved(first), reserved(second)) == (5, 5)


def test_an_edit_and_a_cancellation_leave_nothing_reserved() -> None:
    variant = stocked_variant(10)
    order = order_of(variant, quantity=2)

    edited, cancelled = at_once(edit(order, 5), lambda: cancel_order(order_id=order.pk, actor=None))

    assert not isinstance(cancelled, Exception)
    assert not isinstance(edited, Exception) or isinstance(edited, NotEditable)
    order.refresh_from_db()
    assert (order.status, reserved(variant)) == ("cancelled", 0)
    assert not order.payments.filter(status="pending").exists()


def test_an_edit_and_a_shipment_agree_on_the_units() -> None:
    variant = stocked_variant(10)
    order = order_of(variant, quantity=2)

    edited, shipped = at_once(edit(order, 1), lambda: ship_order(order_id=order.pk, actor=None))

    assert not isinstance(shipped, Exception)
    left = 9 if not isinstance(edited, Exception) else 8
    item = StockItem.objects.get(variant=variant)
    assert (item.on_hand, item.reserved, order.lines.get().quantity) == (left, 0, 10 - left)


def test_discounts_given_at_once_both_count_and_no_more_than_the_order_costs_is_taken_off() -> None:
    order = order_of(stocked_variant(50, price_minor=1_000), quantity=1)
    discount = Discount(target=DiscountTarget.GOODS, reason="Late", amount=Money(400, order.currency))

    results = at_once(*[lambda: edit_order(order_id=order.pk, edit=Edit(discount=discount), actor=None)] * 3)

    assert sorted(getattr(result, "code", "given") for result in results) == ["discount_too_large", "given", "given"]
    order.refresh_from_db()
    assert (order.discount_minor, order.payments.filter(status="pending").count()) == (800, 1)
    assert set(order.adjustments.values_list("code", "amount_minor")) == {("manual-1", 400), ("manual-2", 400)}


def test_a_discount_and_an_edit_at_once_agree_on_the_units() -> None:
    order = order_of(stocked_variant(50, price_minor=1_000), quantity=4)
    discount = Discount(target=DiscountTarget.GOODS, reason="Late", percent=Decimal(10))

    at_once(lambda: edit_order(order_id=order.pk, edit=Edit(discount=discount), actor=None), edit(order, 2))

    order.refresh_from_db()
    assert (order.discount_minor, order.subtotal_minor) == (200, 2_000)
