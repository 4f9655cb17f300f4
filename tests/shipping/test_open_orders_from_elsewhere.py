"""An order that moved in open has nothing reserved; it ships all the same, from the stock there is."""

import pytest

from catalog.models import Variant
from checkout.services.fulfil_order import ship_order
from inventory.errors import OutOfStock
from inventory.models import Reservation, StockItem
from inventory.services import release
from orders.models import Order
from tests.factories.checkout import confirmed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


def moved_in(variant: Variant, quantity: int = 3) -> Order:
    order = confirmed_order(variant=variant, quantity=quantity)
    release(holders=order.lines.values_list("pk", flat=True))
    Order.objects.filter(pk=order.pk).update(source="oldshop", source_key=order.number)
    order.refresh_from_db()
    return order


def stock_of(variant: Variant) -> tuple[int, int]:
    item = StockItem.objects.get(variant=variant)
    return item.on_hand, item.reserved


def test_its_goods_leave_the_house() -> None:
    variant = stocked_variant(10)
    order = moved_in(variant)
    ship_order(order_id=order.pk, actor=None)
    order.refresh_from_db()
    assert (order.status, order.fulfilment_status) == ("processing", "shipped")
    assert stock_of(variant) == (7, 0)


def test_it_ships_in_parts() -> None:
    variant = stocked_variant(10)
    order = moved_in(variant)
    ship_order(order_id=order.pk, actor=None, quantities={order.lines.get().pk: 1})
    ship_order(order_id=order.pk, actor=None)
    assert stock_of(variant) == (7, 0)
    assert not Reservation.objects.exists()


def test_it_does_not_take_what_is_promised_to_others() -> None:
    variant = stocked_variant(4)
    order = moved_in(variant)
    confirmed_order(variant=variant, quantity=2)
    with pytest.raises(OutOfStock):
        ship_order(order_id=order.pk, actor=None)
    assert stock_of(variant) == (4, 2)
    assert not order.shipments.exists()


def test_a_line_whose_variant_did_not_move_in_ships_without_stock() -> None:
    order = moved_in(stocked_variant(10))
    order.lines.update(variant=None)
    ship_order(order_id=order.pk, actor=None)
    order.refresh_from_db()
    assert order.fulfilment_status == "shipped"
