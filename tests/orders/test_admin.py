"""Staff works on orders: sees them whole, and takes the steps that their state allows."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carts.services import add_item
from checkout.services.cancel_order import cancel_order
from checkout.services.place_order import place_order
from core.db.ids import new_id
from core.errors import InvalidTransition
from inventory.models import Reservation, StockItem
from notifications.models import Message
from orders.admin.forms import ConfirmForm
from orders.admin.orders import orders_matching
from orders.models import Order
from payments.models import Payment
from payments.services import capture_payment
from tests.factories.accounts import UserFactory
from tests.factories.checkout import (
    cart_ready_to_order,
    completed_order,
    confirmed_order,
    order_awaiting_transfer,
    shipped_order,
)
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.staff import colleague, messages_of, staff_client

pytestmark = pytest.mark.django_db

LOOK = "orders.view_order"
STEPS = ("confirm", "ship", "discount", "cancel")


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def step_of(order: Order, step: str) -> str:
    return reverse(f"admin:orders_order_{step}", args=[order.pk])


def offered(client: Client, order: Order) -> set[str]:
    """The steps whose buttons the order's page shows."""
    page = client.get(page_of(order)).content.decode()
    return {step for step in STEPS if step_of(order, step) in page}


def order_of(*quantities: int) -> Order:
    """A confirmed order with a line for each quantity."""
    first, *others = quantities
    cart = cart_ready_to_order(stocked_variant(10), quantity=first)
    for quantity in others:
        add_item(cart_id=cart.pk, variant_id=stocked_variant(10).pk, quantity=quantity)
    return place_order(cart_id=cart.pk, actor=None).order


def units(order: Order, *quantities: int) -> dict[str, Any]:
    return {f"units_{line.pk}": quantity for line, quantity in zip(order.lines.all(), quantities, strict=True)}


class TestButtons:
    def test_are_those_of_the_state(self) -> None:
        client = staff_client()

        assert offered(client, order_awaiting_transfer()) == {"confirm", "discount", "cancel"}
        assert offered(client, confirmed_order()) == {"ship", "discount", "cancel"}
        assert offered(client, shipped_order()[0]) == set()
        assert offered(client, completed_order()) == set()

    def test_are_not_shown_to_who_may_only_look(self) -> None:
        client = staff_client(LOOK)

        assert offered(client, order_awaiting_transfer()) == set()
        assert offered(client, confirmed_order()) == set()

    def test_are_shown_by_permission(self) -> None:
        order = confirmed_order()

        assert offered(staff_client(LOOK, "shipping.change_shipment"), order) == {"ship"}
        assert offered(staff_client(LOOK, "orders.change_order"), order) == {"cancel"}

    def test_of_payments_and_parcels_stand_beside_them(self) -> None:
        order, shipment = shipped_order()
        capture = reverse("admin:payments_payment_capture", args=[order.payments.get().pk])
        deliver = reverse("admin:shipping_shipment_deliver", args=[shipment.pk])

        page = staff_client().get(page_of(order)).content.decode()
        looked_at = staff_client(LOOK).get(page_of(order)).content.decode()

        assert capture in page
        assert deliver in page
        assert capture not in looked_at
        assert deliver not in looked_at


@pytest.mark.parametrize("step", STEPS)
class TestEveryStep:
    def test_is_refused_without_its_permission_and_nothing_happens(self, step: str) -> None:
        order = confirmed_order() if step == "ship" else order_awaiting_transfer()
        before = order.status
        client = staff_client(LOOK)

        assert client.get(step_of(order, step)).status_code == 403
        assert client.post(step_of(order, step), units(order, 1)).status_code == 403
        order.refresh_from_db()
        assert order.status == before

    def test_is_refused_in_a_state_that_does_not_allow_it(self, step: str) -> None:
        order = completed_order()

        page = staff_client().post(step_of(order, step), units(order, 1), follow=True)

        assert messages_of(page) == ["This step is not possible in the current state."]
        assert page.request["PATH_INFO"] == page_of(order)

    def test_changes_nothing_by_looking(self, step: str) -> None:
        order = confirmed_order() if step == "ship" else order_awaiting_transfer()
        before = order.status

        assert staff_client().get(step_of(order, step)).status_code == 200
        order.refresh_from_db()
        assert order.status == before

    def test_asks_for_the_token_of_the_form(self, step: str) -> None:
        order = confirmed_order() if step == "ship" else order_awaiting_transfer()
        client = Client(enforce_csrf_checks=True)
        client.force_login(colleague())

        assert client.post(step_of(order, step), units(order, 1)).status_code == 403


class TestConfirming:
    def test_confirms_with_name_door_and_note(self) -> None:
        order, person = order_awaiting_transfer(), colleague()
        client = Client()
        client.force_login(person)

        page = client.post(step_of(order, "confirm"), {"note": "Regular customer"}, follow=True)

        order.refresh_from_db()
        entry = order.transitions.get(to_state="confirmed")
        assert order.status == "confirmed"
        assert (entry.actor, entry.door, entry.note) == (person, "admin", "Regular customer")
        assert messages_of(page) == [f"Order {order.number} is confirmed."]
        assert "Regular customer" in page.content.decode()

    def test_is_checked_again_by_the_service_when_the_order_changed_under_the_page(self) -> None:
        stale = order_awaiting_transfer()
        form = ConfirmForm({"note": ""}, target=stale)
        cancel_order(order_id=stale.pk, actor=None)

        assert form.is_valid()
        with pytest.raises(InvalidTransition) as refused:
            form.take(actor=colleague())
        assert not form.show(refused.value), "no input is at fault, so it becomes a message"


class TestShipping:
    def test_sends_all_that_is_left_by_default(self) -> None:
        order = order_of(3, 2)
        form = staff_client().get(step_of(order, "ship")).context["form"]

        assert [field.value() for _line, field in form.rows()] == [3, 2]

    def test_sends_one_parcel_and_stock_falls(self) -> None:
        order = order_of(3, 2)
        data = {"carrier": "DHL", "tracking_number": "1Z999"} | units(order, 3, 2)

        page = staff_client().post(step_of(order, "ship"), data, follow=True)

        order.refresh_from_db()
        shipment = order.shipments.get()
        assert (shipment.carrier, shipment.tracking_number, shipment.status) == ("DHL", "1Z999", "shipped")
        assert (order.status, order.fulfilment_status) == ("processing", "shipped")
        assert sorted(StockItem.objects.values_list("on_hand", "reserved")) == [(7, 0), (8, 0)]
        assert messages_of(page) == [f"A parcel of order {order.number} is on its way."]

    def test_sends_a_part_and_offers_the_rest(self) -> None:
        order, client = order_of(3, 2), staff_client()

        client.post(step_of(order, "ship"), units(order, 1, 0))

        order.refresh_from_db()
        assert order.fulfilment_status == "partially_shipped"
        form = client.get(step_of(order, "ship")).context["form"]
        assert [field.value() for _line, field in form.rows()] == [2, 2]

    def test_sends_no_more_than_is_left(self) -> None:
        order = order_of(3, 2)

        page = staff_client().post(step_of(order, "ship"), units(order, 4, 2))

        line = order.lines.first()
        assert page.context["form"].errors == {f"units_{line.pk}": ["Ensure this value is less than or equal to 3."]}
        assert not order.shipments.exists()

    def test_sends_only_what_is_reserved_and_says_so_at_the_line(self) -> None:
        order = order_of(3, 2)
        first, second = order.lines.all()
        Reservation.objects.filter(holder=second.pk).delete()

        page = staff_client().post(step_of(order, "ship"), units(order, 3, 2))

        assert page.context["form"].errors == {
            f"units_{second.pk}": ["Fewer units of this line are reserved than are to be shipped."]
        }
        assert not order.shipments.exists()
        assert Reservation.objects.get(holder=first.pk).quantity == 3

    def test_sends_something(self) -> None:
        order = order_of(3, 2)

        page = staff_client().post(step_of(order, "ship"), units(order, 0, 0))

        assert page.context["form"].non_field_errors() == ["Nothing is left to ship."]


class TestCancelling:
    def test_releases_the_stock_and_voids_the_payment(self) -> None:
        variant = stocked_variant(5)
        order = confirmed_order(variant=variant, quantity=2)

        page = staff_client().post(step_of(order, "cancel"), {"note": "Customer called"}, follow=True)

        order.refresh_from_db()
        assert order.status == "cancelled"
        assert order.transitions.get(to_state="cancelled").note == "Customer called"
        assert StockItem.objects.get(variant=variant).reserved == 0
        assert Payment.objects.get(order=order).status == "voided"
        assert messages_of(page) == [f"Order {order.number} is cancelled."]

    def test_leaves_what_was_paid_to_be_refunded(self) -> None:
        order = order_awaiting_transfer()
        capture_payment(payment_id=order.payments.get().pk, actor=None)

        page = staff_client().post(step_of(order, "cancel"), follow=True)

        assert page.context["order"].to_refund == order.total
        assert "To be refunded" in page.content.decode()


class TestThePageOfAnOrder:
    def test_shows_it_whole(self) -> None:
        TaxRateFactory()
        order = completed_order(variant=stocked_variant(5, sku="TEA-MINT"), quantity=2)

        page = staff_client().get(page_of(order)).content.decode()

        for shown in ("TEA-MINT", "$39.98", "Sales tax" if "Sales tax" in page else "8.25%", "1Z999", "Amina Haddad"):
            assert shown in page
        for shown in (
            "Cash on delivery",
            "Captured",
            "Delivered",
            "Completed",
            "Standard delivery",
            "guest@souk.example",
        ):
            assert shown in page

    def test_takes_the_same_queries_whatever_the_order_holds(self) -> None:
        client = staff_client()
        small, large = order_of(2), order_of(4, 4, 4, 4)
        client.post(step_of(small, "ship"), units(small, 1))
        for _parcel in range(3):
            client.post(step_of(large, "ship"), units(large, 1, 1, 1, 1))

        def queries(order: Order) -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(page_of(order))
            return len(captured)

        assert large.shipments.count() == 3
        assert queries(large) == queries(small) <= 22

    def test_tells_states_money_parcels_mails_and_changes_in_one_list(self) -> None:
        order = completed_order()
        Message.objects.create(
            order=order, template="order_placed", to=order.email, language="en", subject="Yours", event_id=new_id()
        )
        Order.objects.filter(pk=order.pk).update(email="new@souk.example")

        entries = staff_client().get(page_of(order)).context["history"]

        assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
        assert {"Order", "Capture", "Shipment", "E-mail"} <= {entry.title for entry in entries}
        assert all(entry.who and entry.door for entry in entries)
        edited = next(entry for entry in entries if entry.title == "Order" and entry.cells)
        assert [(cell.before, cell.after) for cell in edited.cells] == [("guest@souk.example", "new@souk.example")]

    def test_tells_nothing_twice(self) -> None:
        entries = staff_client().get(page_of(completed_order())).context["history"]

        columns = {(entry.title, cell.column) for entry in entries for cell in entry.cells}
        assert not columns & {("Order", "status"), ("Order", "paid_minor"), ("Payment", "status")}
        assert not [entry for entry in entries if entry.title == "Order line"]

    def test_speaks_arabic_from_right_to_left(self) -> None:
        order = completed_order()

        page = staff_client().get(page_of(order), headers={"accept-language": "ar"}).content.decode()

        assert 'lang="ar" dir="rtl"' in page


class TestTheListOfOrders:
    def found(self, **query: str) -> set[Order]:
        return set(staff_client().get(reverse("admin:orders_order_changelist"), query).context["cl"].result_list)

    @pytest.fixture
    def order(self) -> Order:
        customer = UserFactory(first_name="Leïla", last_name="Trabelsi", email="leila@mail.example")
        placed = confirmed_order(variant=stocked_variant(3, sku="RUG-ATLAS"), customer=customer)
        order_awaiting_transfer()
        return placed

    @pytest.mark.parametrize("term", ["leila@mail", "Trabelsi", "Leïla Trabelsi", "rug-atlas"])
    def test_finds_by_e_mail_name_and_sku(self, order: Order, term: str) -> None:
        assert self.found(q=term) == {order}

    @pytest.mark.parametrize("term", ["zohra@", "zohra zit", "ZITOUNI", "Cooper", "وكيل"])
    def test_finds_a_guest_s_order_by_the_words_of_its_address(self, order: Order, term: str) -> None:
        guests = Order.objects.exclude(pk=order.pk).get()
        address = guests.shipping_address | {"full_name": "Zohra Zitouni", "company": "Souk-Cooper (الوكيل)"}
        Order.objects.filter(pk=guests.pk).update(email="zohra@mail.example", shipping_address=address)

        assert self.found(q=term) == {guests}

    @pytest.mark.parametrize("term", ["nobody", "o'neil & sons'", "\\", "ﷺ" * 300, "%", "leila%", "a:* | b"])
    def test_finds_nothing_for_what_nobody_is_called(self, order: Order, term: str) -> None:
        assert self.found(q=term) == set()

    def test_is_searched_by_an_index(self, order: Order) -> None:
        known = {field.attname: getattr(order, field.attname) for field in Order._meta.concrete_fields}
        Order.objects.bulk_create(
            Order(
                **known | {"id": new_id(), "cart_id": None, "number": f"MANY{one:05}", "email": f"one{one}@x.example"}
            )
            for one in range(2_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE orders_order, accounts_user, orders_orderline")

        plan = orders_matching(Order.objects.all(), "one77").explain()

        assert "Bitmap Index Scan on orders_order_folded_words" in plan, plan

    def test_finds_by_the_number_as_people_read_it_out(self, order: Order) -> None:
        assert self.found(q=order.number) == {order}
        assert self.found(q=f" {order.number.lower()[:5]}-{order.number.lower()[5:]} ") == {order}

    def test_filters_by_what_is_to_be_done(self, order: Order) -> None:
        assert self.found(todo="ship") == {order}
        assert len(self.found(todo="pay")) == 1
        assert self.found(todo="refund") == set()

    def test_filters_by_state(self, order: Order) -> None:
        assert self.found(status__exact="confirmed") == {order}
        assert self.found(payment_status__exact="paid") == set()
        assert len(self.found(fulfilment_status__exact="unfulfilled")) == 2

    def test_counts_no_further_than_it_has_to(self, order: Order) -> None:
        client = staff_client()

        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:orders_order_changelist"))

        # The number of staff tasks in the menu is counted too.
        counts = [query["sql"] for query in captured if "COUNT(" in query["sql"] and "stafftask" not in query["sql"]]
        assert len(counts) == 1
        assert "LIMIT 10000" in counts[0]
