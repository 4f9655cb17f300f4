"""After placing: shipped in parts, delivered, cancelled, given up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from checkout.errors import NotCancellable
from checkout.services.cancel_order import cancel_order, expire_unpaid_orders
from checkout.services.fulfil_order import deliver_shipment, ship_order
from core.db.ids import new_id
from core.errors import InvalidInput, InvalidTransition, NotFound
from inventory import services as inventory
from inventory.allocation import Demand
from inventory.models import Reservation, StockItem
from orders.models import Order
from orders.services import confirm_order
from payments.services import capture_payment
from shipping.models import Shipment
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer, shipped_order

pytestmark = pytest.mark.django_db


def states(order: Order) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status, order.fulfilment_status


def test_shipping_everything_takes_the_stock_out_of_the_house() -> None:
    order, shipment = shipped_order(quantity=3)
    item = StockItem.objects.get()
    assert states(order) == ("processing", "unpaid", "shipped")
    assert (item.on_hand, item.reserved, shipment.tracking_number) == (7, 0, "1Z999")


def test_an_order_can_go_in_two_parcels() -> None:
    order = confirmed_order(quantity=3)
    line = order.lines.get()
    ship_order(order_id=order.pk, actor=None, quantities={line.pk: 2})
    assert states(order)[2] == "partially_shipped"
    ship_order(order_id=order.pk, actor=None)
    assert states(order)[2] == "shipped"
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("units", [4, -1])
def test_no_more_than_is_left_can_ship(units: int) -> None:
    order = confirmed_order(quantity=3)
    with pytest.raises(InvalidInput):
        ship_order(order_id=order.pk, actor=None, quantities={order.lines.get().pk: units})
    assert states(order)[2] == "unfulfilled"


def test_another_orders_line_cannot_ship() -> None:
    order, other = confirmed_order(), confirmed_order()
    with pytest.raises(InvalidInput):
        ship_order(order_id=order.pk, actor=None, quantities={other.lines.get().pk: 1})


def test_nothing_left_is_nothing_to_ship() -> None:
    order, _ = shipped_order()
    with pytest.raises(InvalidInput, match="Nothing is left"):
        ship_order(order_id=order.pk, actor=None)


def test_an_order_that_waits_for_money_does_not_ship() -> None:
    order = order_awaiting_transfer()
    with pytest.raises(InvalidTransition):
        ship_order(order_id=order.pk, actor=None)
    assert StockItem.objects.get().on_hand == 10


def test_the_hand_over_collects_the_cash_and_completes() -> None:
    order = completed_order()
    assert states(order) == ("completed", "paid", "delivered")
    assert order.due.minor == 0


def test_the_first_of_two_parcels_does_not_collect_yet() -> None:
    order = confirmed_order(quantity=2)
    first = ship_order(order_id=order.pk, actor=None, quantities={order.lines.get().pk: 1})
    deliver_shipment(shipment_id=first.pk, actor=None)
    assert states(order) == ("processing", "unpaid", "partially_shipped")
    second = ship_order(order_id=order.pk, actor=None)
    deliver_shipment(shipment_id=second.pk, actor=None)
    assert states(order) == ("completed", "paid", "delivered")


def test_a_parcel_that_came_back_and_was_sent_again_does_not_keep_the_order_on_the_road() -> None:
    order, lost = shipped_order()
    for status in ("failed", "returned"):
        Shipment.objects.filter(pk=lost.pk).update(status=status)
    inventory.reserve(demands=[Demand(line.pk, line.variant_id, line.quantity) for line in order.lines.all()])
    again = ship_order(order_id=order.pk, actor=None)
    deliver_shipment(shipment_id=again.pk, actor=None)
    assert states(order) == ("completed", "paid", "delivered")


def test_delivering_twice_changes_nothing() -> None:
    order, shipment = shipped_order()
    for _ in range(2):
        deliver_shipment(shipment_id=shipment.pk, actor=None)
    assert states(order) == ("completed", "paid", "delivered")
    assert order.paid_minor == order.total_minor


def test_an_unknown_shipment_is_not_found() -> None:
    with pytest.raises(NotFound):
        deliver_shipment(shipment_id=new_id(), actor=None)


def test_a_cancelled_order_gives_its_stock_back_and_gives_up_its_payment() -> None:
    order = confirmed_order(quantity=3)
    cancel_order(order_id=order.pk, actor=None, note="Changed my mind")
    assert states(order)[0] == "cancelled"
    assert StockItem.objects.get().reserved == 0
    assert order.payments.get().status == "voided"
    assert order.transitions.get(to_state="cancelled").note == "Changed my mind"


def test_cancelling_twice_changes_nothing() -> None:
    order = confirmed_order()
    for _ in range(2):
        cancel_order(order_id=order.pk, actor=None)
    assert order.transitions.filter(to_state="cancelled").count() == 1


def test_what_has_left_the_house_cannot_be_cancelled() -> None:
    order, _ = shipped_order()
    with pytest.raises(NotCancellable):
        cancel_order(order_id=order.pk, actor=None)
    assert states(order)[0] == "processing"


def test_a_paid_order_that_is_cancelled_owes_the_money_back() -> None:
    order = order_awaiting_transfer()
    capture_payment(payment_id=order.payments.get().pk, actor=None)
    cancel_order(order_id=order.pk, actor=None)
    order.refresh_from_db()
    assert order.due == -order.total


def test_staff_may_confirm_without_waiting_for_the_money() -> None:
    order = order_awaiting_transfer()
    confirm_order(order_id=order.pk, actor=None)
    assert states(order) == ("confirmed", "unpaid", "unfulfilled")


def test_an_order_that_is_not_paid_in_time_is_given_up() -> None:
    order = order_awaiting_transfer()
    assert expire_unpaid_orders(now=order.expires_at - timedelta(seconds=1)) == 0
    assert expire_unpaid_orders(now=order.expires_at) == 1
    assert states(order)[0] == "cancelled"
    assert StockItem.objects.get().reserved == 0


def test_an_order_that_was_paid_or_confirmed_is_not_given_up() -> None:
    paid, trusted = order_awaiting_transfer(), order_awaiting_transfer()
    capture_payment(payment_id=paid.payments.get().pk, actor=None)
    confirm_order(order_id=trusted.pk, actor=None)
    assert expire_unpaid_orders(now=timezone.now() + timedelta(days=30)) == 0
