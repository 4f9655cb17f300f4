"""One step on many rows: asked first, done for those that allow it, told of those that do not, once however often."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from core.admin import bulk
from inventory.models import StockMove
from orders.states import OrderStatus
from shipping.models import Shipment
from tests.factories.catalog import CategoryFactory, ProductFactory
from tests.factories.checkout import order_awaiting_transfer, shipped_order
from tests.factories.inventory import stocked_variant
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db


def address_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def send(client: Client, action: str, rows: Iterable[Model], **fields: Any) -> HttpResponse:
    rows = list(rows)
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]} | fields
    return client.post(address_of(type(rows[0])), data, follow=True)


def confirmed(client: Client, action: str, rows: Iterable[Model], **fields: Any) -> HttpResponse:
    return send(client, action, rows, confirmed="1", **fields)


class TestProducts:
    def test_are_asked_about_before_anything_happens(self) -> None:
        product = stocked_variant(1).product

        page = send(staff_client(), "take_off_sale", [product])

        assert page.templates[0].name == "admin/bulk.html"
        assert Product.objects.get().is_active

    def test_are_taken_off_sale_and_put_on_sale_again(self) -> None:
        product, client = stocked_variant(1).product, staff_client()

        confirmed(client, "take_off_sale", [product])
        assert not Product.objects.get().is_active

        confirmed(client, "put_on_sale", [product])
        assert Product.objects.get().is_active

    def test_that_are_not_ready_are_named_and_the_others_go_on_sale(self) -> None:
        ready, draft, client = stocked_variant(1).product, ProductFactory(is_active=False), staff_client()
        confirmed(client, "take_off_sale", [ready])

        page = confirmed(client, "put_on_sale", [ready, draft])

        assert messages_of(page)[0] == "Done for 1 row."
        assert str(draft) in messages_of(page)[1]
        assert list(Product.objects.filter(is_active=True)) == [ready]

    def test_move_to_a_category(self) -> None:
        products, category = [ProductFactory(), ProductFactory()], CategoryFactory()

        confirmed(staff_client(), "set_category", products, category=str(category.pk))

        assert set(Product.objects.values_list("category", flat=True)) == {category.pk}

    def test_do_not_move_without_a_category(self) -> None:
        product = ProductFactory()

        page = confirmed(staff_client(), "set_category", [product])

        assert "category" in page.context["form"].errors

    def test_are_left_alone_by_who_may_only_look(self) -> None:
        product = stocked_variant(1).product

        confirmed(staff_client("catalog.view_product"), "take_off_sale", [product])

        assert Product.objects.get().is_active

    def test_are_not_chosen_by_the_thousand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "MOST_ROWS", 1)

        page = confirmed(staff_client(), "take_off_sale", [stocked_variant(1).product, stocked_variant(1).product])

        assert messages_of(page) == ["Choose 1 rows at most."]
        assert Product.objects.filter(is_active=True).count() == 2


class TestOrders:
    def test_are_confirmed_and_what_does_not_allow_it_is_named(self) -> None:
        waiting, gone = order_awaiting_transfer(), shipped_order()[0]

        page = confirmed(staff_client(), "confirm_many", [waiting, gone])

        waiting.refresh_from_db()
        assert waiting.status == OrderStatus.CONFIRMED
        assert messages_of(page)[0] == "Done for 1 row."
        assert gone.number in messages_of(page)[1]

    def test_confirmed_twice_have_one_step_in_their_history(self) -> None:
        order, client = order_awaiting_transfer(), staff_client()

        confirmed(client, "confirm_many", [order])
        again = confirmed(client, "confirm_many", [order])

        assert messages_of(again) == ["Done for 1 row."]
        assert order.transitions.filter(to_state=OrderStatus.CONFIRMED).count() == 1

    def test_shipped_twice_leave_once(self) -> None:
        order, client = order_awaiting_transfer(), staff_client()
        confirmed(client, "confirm_many", [order])

        confirmed(client, "ship_many", [order])
        confirmed(client, "ship_many", [order])

        assert Shipment.objects.filter(order=order).count() == 1

    def test_are_cancelled_unless_they_left_the_house(self) -> None:
        waiting, gone = order_awaiting_transfer(), shipped_order()[0]

        page = confirmed(staff_client(), "cancel_many", [waiting, gone])

        waiting.refresh_from_db()
        gone.refresh_from_db()
        assert waiting.status == OrderStatus.CANCELLED != gone.status
        assert gone.number in messages_of(page)[1]

    def test_are_not_cancelled_by_who_may_only_look(self) -> None:
        order = order_awaiting_transfer()

        confirmed(staff_client("orders.view_order"), "cancel_many", [order])

        order.refresh_from_db()
        assert order.status == OrderStatus.PENDING


class TestStock:
    def test_is_adjusted_once_by_a_page_that_is_sent_twice(self) -> None:
        items = [stocked_variant(5).stock_items.get(), stocked_variant(7).stock_items.get()]
        client = staff_client()
        once = str(send(client, "adjust_many", items).context["form"]["once"].value())

        fields = {"once": once, "quantity": "-2", "reason": "Broken"}
        first = confirmed(client, "adjust_many", items, **fields)
        second = confirmed(client, "adjust_many", items, **fields)

        assert messages_of(first) == ["Done for 2 rows."]
        assert messages_of(second) == ["This was done already."]
        for item in items:
            item.refresh_from_db()
        assert [item.on_hand for item in items] == [3, 5]
        assert StockMove.objects.filter(reason="Broken").count() == 2

    def test_never_falls_below_what_is_promised(self) -> None:
        few, many = stocked_variant(1).stock_items.get(), stocked_variant(7).stock_items.get()
        client = staff_client()
        once = str(send(client, "adjust_many", [few, many]).context["form"]["once"].value())

        page = confirmed(client, "adjust_many", [few, many], once=once, quantity="-3", reason="Broken")

        few.refresh_from_db()
        assert few.on_hand == 1
        assert messages_of(page)[0] == "Done for 1 row."
