"""Staff corrects and receives stock, always through the ledger."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from carts.models import Cart
from checkout.selectors import quote_cart
from checkout.services.update_checkout import keep_units
from inventory.models import StockItem, StockMove
from orders.models import Order
from tests.factories.catalog import CategoryFactory, ProductFactory, VariantFactory
from tests.factories.checkout import cart_with, confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant
from tests.factories.staff import colleague, messages_of, staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> StockItem:
    """Ten units, four of them promised to an order."""
    variant = stocked_variant(10)
    confirmed_order(variant=variant, quantity=4)
    return StockItem.objects.get(variant=variant)


def adjust_page(item: StockItem) -> str:
    return reverse("admin:inventory_stockitem_adjust", args=[item.pk])


class TestAdjusting:
    def test_changes_the_quantity_and_leaves_a_move_with_reason_name_and_door(self, item: StockItem) -> None:
        person = colleague()
        client = Client()
        client.force_login(person)

        page = client.post(adjust_page(item), {"quantity": "-3", "reason": "Broken in transport"}, follow=True)

        item.refresh_from_db()
        move = item.moves.get(kind=StockMove.Kind.ADJUSTMENT)
        assert item.on_hand == 7
        assert (move.quantity, move.reason, move.actor, move.door) == (-3, "Broken in transport", person, "admin")
        assert messages_of(page) == [f"{item.variant.sku}: 7 units are on hand now."]

    def test_needs_a_reason(self, item: StockItem) -> None:
        page = staff_client().post(adjust_page(item), {"quantity": "2", "reason": " "})

        assert page.context["form"].errors["reason"] == ["This field is required."]
        item.refresh_from_db()
        assert item.on_hand == 10

    def test_does_not_take_what_is_promised_and_says_so_at_the_quantity(self, item: StockItem) -> None:
        page = staff_client().post(adjust_page(item), {"quantity": "-7", "reason": "Lost"})

        assert page.context["form"].errors["quantity"] == ["More units are reserved by orders than would be left."]
        item.refresh_from_db()
        assert item.on_hand == 10

    def test_needs_a_change(self, item: StockItem) -> None:
        page = staff_client().post(adjust_page(item), {"quantity": "0", "reason": "Nothing"})

        assert page.context["form"].errors["quantity"] == ["Please give the units to add or to take away."]

    def test_changes_nothing_by_looking(self, item: StockItem) -> None:
        response = staff_client().get(adjust_page(item), {"quantity": "5", "reason": "A link"})

        item.refresh_from_db()
        assert (response.status_code, item.on_hand) == (200, 10)

    def test_is_not_for_who_may_only_look(self, item: StockItem) -> None:
        client = staff_client("inventory.view_stockitem")
        page = client.get(reverse("admin:inventory_stockitem_change", args=[item.pk]))
        listed = client.get(reverse("admin:inventory_stockitem_changelist"))

        response = client.post(adjust_page(item), {"quantity": "5", "reason": "Mine"})

        assert adjust_page(item) not in page.content.decode() + listed.content.decode()
        assert response.status_code == 403
        item.refresh_from_db()
        assert item.on_hand == 10


class TestReceiving:
    address = "/admin/inventory/stockitem/receive/"

    def test_starts_the_stock_of_a_new_variant(self) -> None:
        variant, location = VariantFactory(), LocationFactory()

        page = staff_client().post(
            self.address, {"variant": variant.pk, "location": location.pk, "quantity": "12"}, follow=True
        )

        item = StockItem.objects.get(variant=variant, location=location)
        assert item.on_hand == 12
        assert item.moves.get().kind == StockMove.Kind.RECEIPT
        assert messages_of(page) == [f"{variant.sku}: 12 units are on hand now."]

    @pytest.mark.parametrize("quantity", ["0", "-1", "1.5", ""])
    def test_takes_whole_units_only(self, quantity: str) -> None:
        variant, location = VariantFactory(), LocationFactory()

        page = staff_client().post(self.address, {"variant": variant.pk, "location": location.pk, "quantity": quantity})

        assert page.context["form"].errors["quantity"]
        assert not StockItem.objects.exists()

    def test_is_not_for_who_may_only_look(self) -> None:
        client = staff_client("inventory.view_stockitem", "inventory.change_stockitem")

        listed = client.get(reverse("admin:inventory_stockitem_changelist"))

        assert self.address not in listed.content.decode()
        assert client.post(self.address, {}).status_code == 403
        assert client.get(reverse("admin:inventory_stockitem_variants")).status_code == 403

    def test_finds_the_variant_by_sku_or_name(self) -> None:
        tea = VariantFactory(sku="TEA-77", product=ProductFactory(name_fr="Thé vert"))
        VariantFactory(sku="RUG-1", product=ProductFactory(name_en="Rug", name_fr="Tapis", name_ar="سجادة"))
        client = staff_client()

        def found(term: str) -> list[str]:
            answer = client.get(reverse("admin:inventory_stockitem_variants"), {"term": term})
            return [result["id"] for result in answer.json()["results"]]

        assert found("tea-7") == [str(tea.pk)]
        assert found("the vert") == [str(tea.pk)]
        assert len(found("")) == 2


class TestTheListOfStock:
    def found(self, **query: str) -> list[StockItem]:
        return list(
            staff_client().get(reverse("admin:inventory_stockitem_changelist"), query).context["cl"].result_list
        )

    def test_filters_by_level(self, item: StockItem) -> None:
        few = StockItem.objects.get(variant=stocked_variant(2))
        none = StockItem.objects.get(variant=stocked_variant(1))
        confirmed_order(variant=none.variant, quantity=1)

        assert self.found(level="low") == [few]
        assert self.found(level="out") == [none]
        assert set(self.found(level="reserved")) == {item, none}

    def test_finds_by_sku_and_name(self, item: StockItem) -> None:
        carpets = CategoryFactory(name_en="Carpets", name_fr="Carpettes", name_ar="بسط")
        names = {"name_en": "Rug", "name_fr": "Tapis", "name_ar": "سجادة"}
        stocked_variant(1, sku="OTHER", product=ProductFactory(category=carpets, **names))

        assert self.found(q=item.variant.sku[:6].lower()) == [item]
        assert self.found(q="menthe") == [item]


def test_the_page_of_an_item_names_the_orders_that_hold_it_and_its_moves(item: StockItem) -> None:
    page = staff_client().get(reverse("admin:inventory_stockitem_change", args=[item.pk]))

    [(reservation, line)] = page.context["reservations"]
    assert (reservation.quantity, line.quantity) == (4, 4)
    assert line.order.number in page.content.decode()
    assert [move.quantity for move in page.context["moves"]] == [10]


class TestReservations:
    LIST = "/admin/inventory/reservation/"

    def test_name_the_order_and_the_cart_that_they_are_for(self, item: StockItem) -> None:
        keep_units(quote=quote_cart(cart_with(item.variant)))
        order, cart = Order.objects.get(), Cart.objects.get(status=Cart.Status.OPEN)

        page = staff_client().get(self.LIST).text

        assert reverse("admin:orders_order_change", args=[order.pk]) in page
        assert reverse("admin:carts_cart_change", args=[cart.pk]) in page

    @pytest.mark.parametrize(("holder", "units"), [("order", [4]), ("cart", [2]), ("run_out", [1])])
    def test_are_narrowed_to_orders_carts_and_what_has_run_out(
        self, item: StockItem, holder: str, units: list[int]
    ) -> None:
        keep_units(quote=quote_cart(cart_with(item.variant, quantity=2)))
        keep_units(quote=quote_cart(cart_with(item.variant)), now=timezone.now() - timedelta(hours=1))

        page = staff_client().get(self.LIST, {"holder": holder})

        assert [row.quantity for row in page.context["cl"].queryset] == units

    def test_of_a_cart_are_told_on_the_stock_items_page(self, item: StockItem) -> None:
        keep_units(quote=quote_cart(cart_with(item.variant)))

        assert "A cart, until" in staff_client().get(f"/admin/inventory/stockitem/{item.pk}/change/").text


def test_a_locations_countries_and_parts_are_set_in_its_form(item: StockItem) -> None:
    place = item.location
    form = {"name": place.name, "code": place.code, "priority": 3, "countries": ["FR", "TN"], "is_active": "on"}

    staff_client().post(f"/admin/inventory/location/{place.pk}/change/", form)

    place.refresh_from_db()
    assert (place.countries, place.priority, place.serves_parts) == (["FR", "TN"], 3, False)
