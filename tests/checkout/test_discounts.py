"""Staff gives discounts on an order before it is shipped: rows, totals, tax and the open payment follow."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from checkout.errors import NotEditable, TotalChanged
from checkout.services.cancel_order import cancel_order
from checkout.services.edit_order import Edit, edit_order
from checkout.services.fulfil_order import ship_order
from checkout.services.place_items import Item
from core.errors import InvalidInput, NotFound
from core.integrity import make_check, registered
from core.money import Money
from core.shop_settings.services import change_settings
from orders.models import Order, OrderAdjustment, OrderLine
from payments.services import capture_payment
from pricing.discounts import Discount, DiscountTarget
from pricing.models import TaxRate
from tests.api import V1, client_of, client_with_cart, given, refused
from tests.edits import change, order_of
from tests.factories.accounts import UserFactory
from tests.factories.checkout import cart_ready_to_order, completed_order, confirmed_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import colleague, staff_client

pytestmark = pytest.mark.django_db

GOODS, LINE, SHIPPING = DiscountTarget.GOODS, DiscountTarget.LINE, DiscountTarget.SHIPPING


def discounted(order: Order, target: DiscountTarget = GOODS, **size: Any) -> Order:
    """Give a discount of a `percent` or an `amount` in minor units; `line` is the line's row."""
    if "amount" in size:
        size["amount"] = Money(size["amount"], order.currency)
    if "percent" in size:
        size["percent"] = Decimal(size["percent"])
    if "line" in size:
        size["line"] = str(size["line"].pk)
    discount = Discount(target=target, reason="Scratched box", **size)
    return edit_order(order_id=order.pk, edit=Edit(discount=discount), actor=None, note=discount.reason)


def rows_of(order: Order) -> list[tuple[str, str, int | None, int]]:
    """Code, SKU (empty for shipping), units and amount of each adjustment."""
    rows = order.adjustments.order_by("code", "line__position").values_list(
        "code", "line__sku", "units", "amount_minor"
    )
    return [(code, sku or "", units, amount) for code, sku, units, amount in rows]


def nothing_drifts() -> bool:
    """Whether the checks of orders find nothing."""
    checks = [check for code, check in registered().items() if code.startswith("orders.")]
    return not any(make_check(check, limit=1).violations for check in checks)


class TestADiscount:
    def test_on_all_items_is_divided_among_the_lines_by_what_they_cost(self) -> None:
        TaxRateFactory()
        dear, cheap = stocked_variant(price_minor=2_000), stocked_variant(price_minor=333)
        order = order_of(dear, cheap, quantity=1)

        changed = discounted(order, percent="10")

        assert rows_of(order) == [("manual-1", dear.sku, 1, 200), ("manual-1", cheap.sku, 1, 33)]
        assert (changed.subtotal_minor, changed.discount_minor) == (2_333, 233)
        lines = [(line.discount_minor, line.total_minor, line.tax_minor) for line in order.lines.all()]
        assert lines == [(200, 1_800, 149), (33, 300, 25)]
        assert changed.total_minor == 2_100 + changed.shipping_minor + 149 + 25 + changed.shipping_tax_minor

    def test_is_given_also_where_the_limit_of_the_way_to_pay_is_lower_by_now(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        order = order_of(stocked_variant(price_minor=2_000), quantity=1)
        with django_capture_on_commit_callbacks(execute=True):
            change_settings(values={"cash_on_delivery_maximum": Money(100, "USD")})

        assert discounted(order, percent="10").discount_minor == 200

    def test_of_an_amount_is_taken_off_whole(self) -> None:
        order = order_of(*[stocked_variant(price_minor=1_000) for _ in range(3)], quantity=1)

        changed = discounted(order, amount=100)

        assert (changed.discount_minor, [amount for *_rest, amount in rows_of(order)]) == (100, [34, 33, 33])

    def test_on_one_line_leaves_the_others(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), stocked_variant(price_minor=1_000), quantity=2)
        first, second = order.lines.all()

        discounted(order, LINE, line=second, amount=500)

        assert rows_of(order) == [("manual-1", second.sku, 2, 500)]
        first.refresh_from_db()
        assert first.discount_minor == 0

    def test_on_delivery_lowers_its_charge(self) -> None:
        order = confirmed_order()
        charged = order.shipping_minor

        changed = discounted(order, SHIPPING, percent="40")

        assert (changed.shipping_minor, changed.discount_minor) == (charged * 6 // 10, 0)
        assert rows_of(order) == [("manual-1", "", None, charged * 4 // 10)]
        assert [step["code"] for step in changed.price_steps][:3] == ["subtotal", "shipping", "shipping_discount"]

    def test_leaves_the_charge_of_delivery_that_was_agreed(self) -> None:
        ShippingMethodFactory(free_from_minor=2_000)
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        assert order.shipping_minor == 0, "the goods cost enough to be delivered for nothing"

        assert discounted(order, amount=500).shipping_minor == 0

    def test_comes_on_top_of_another(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=1)
        discounted(order, percent="50")

        changed = discounted(order, percent="50")

        assert changed.discount_minor == 750
        assert [code for code, *_rest in rows_of(order)] == ["manual-1", "manual-2"]

    def test_may_take_everything_off(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=1)

        changed = discounted(order, percent="100")

        assert changed.total_minor == changed.shipping_minor
        assert nothing_drifts()

    def test_is_in_the_orders_history_with_its_reason(self) -> None:
        order = confirmed_order()

        discounted(order, amount=100)

        assert order.transitions.filter(kind="edit").values_list("to_state", "note").get() == (
            "discount",
            "Scratched box",
        )

    def test_changes_what_is_to_be_collected(self) -> None:
        order = confirmed_order()

        changed = discounted(order, amount=100)

        assert list(changed.payments.values_list("status", "amount_minor")) == [
            ("voided", order.total_minor),
            ("pending", order.total_minor - 100),
        ]

    def test_of_what_was_paid_is_to_be_refunded(self) -> None:
        order = confirmed_order()
        capture_payment(payment_id=order.payments.get().pk, actor=None)

        assert discounted(order, amount=100).to_refund == Money(100, order.currency)

    @pytest.mark.parametrize(
        ("size", "code", "field"),
        [
            ({"percent": "0"}, "invalid_percent", "percent"),
            ({"percent": "100.01"}, "invalid_percent", "percent"),
            ({"percent": "0.01"}, "discount_too_small", "percent"),
            ({"amount": 0}, "invalid_amount", "amount"),
            ({"amount": -1}, "invalid_amount", "amount"),
            ({"amount": 2_001}, "discount_too_large", "amount"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, size: dict[str, Any], code: str, field: str) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)

        with pytest.raises(InvalidInput) as refusal:
            discounted(order, **size)

        assert (refusal.value.code, refusal.value.field) == (code, field)
        assert not OrderAdjustment.objects.exists()

    def test_on_another_orders_line_is_refused(self) -> None:
        order, other = confirmed_order(), confirmed_order()

        with pytest.raises(InvalidInput) as refusal:
            discounted(order, LINE, line=other.lines.get(), amount=1)

        assert refusal.value.code == "unknown_line"

    def test_is_refused_once_something_was_shipped_or_the_order_has_ended(self) -> None:
        shipped, cancelled, completed = confirmed_order(quantity=2), confirmed_order(), completed_order()
        ship_order(order_id=shipped.pk, actor=None, quantities={shipped.lines.get().pk: 1})
        cancel_order(order_id=cancelled.pk, actor=None)

        for order in (shipped, cancelled, completed):
            with pytest.raises(NotEditable):
                discounted(order, amount=1)

    def test_at_another_total_than_the_one_seen_is_refused(self) -> None:
        order = confirmed_order()
        discount = Discount(target=GOODS, reason="Late", amount=Money(1, order.currency))

        with pytest.raises(TotalChanged):
            edit_order(order_id=order.pk, edit=Edit(discount=discount), actor=None, expected_total=order.total)


class TestARemovedDiscount:
    def test_leaves_the_order_as_it_was(self) -> None:
        TaxRateFactory()
        order = order_of(stocked_variant(price_minor=1_999), stocked_variant(price_minor=333), quantity=3)
        discounted(order, percent="12.5")

        changed = edit_order(order_id=order.pk, edit=Edit(removed_discount="manual-1"), actor=None)

        assert (changed.total, changed.price_steps) == (order.total, order.price_steps)
        assert not OrderAdjustment.objects.exists()

    def test_leaves_the_others(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=1)
        discounted(order, amount=100)
        discounted(order, SHIPPING, amount=50)

        edit_order(order_id=order.pk, edit=Edit(removed_discount="manual-1"), actor=None)

        assert [(code, amount) for code, _sku, _units, amount in rows_of(order)] == [("manual-2", 50)]

    def test_that_was_never_given_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            edit_order(order_id=confirmed_order().pk, edit=Edit(removed_discount="manual-1"), actor=None)


class TestAnEditAfterwards:
    def test_keeps_the_discount_in_proportion_to_fewer_units(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=3)
        discounted(order, amount=100)

        changed = change(order, units={order.lines.get().pk: 2})

        assert (changed.discount_minor, rows_of(order)[0][2:]) == (67, (2, 67))
        assert nothing_drifts()

    def test_gives_none_to_units_on_top(self) -> None:
        variant = stocked_variant(10, price_minor=1_000)
        order = order_of(variant, quantity=3)
        discounted(order, amount=100)

        changed = change(order, Item(2, sku=variant.sku))

        assert (changed.discount_minor, order.lines.get().quantity, rows_of(order)[0][2:]) == (100, 5, (3, 100))
        assert change(order, units={order.lines.get().pk: 3}).discount_minor == 100

    def test_takes_the_discount_out_with_its_line(self) -> None:
        gone, stays = stocked_variant(price_minor=1_000), stocked_variant(price_minor=1_000)
        order = order_of(gone, stays, quantity=1)
        discounted(order, amount=100)

        changed = change(order, units={order.lines.get(sku=gone.sku).pk: 0})

        assert (changed.discount_minor, rows_of(order)) == (50, [("manual-1", stays.sku, 1, 50)])

    def test_charges_delivery_for_the_goods_after_the_discount(self) -> None:
        ShippingMethodFactory(free_from_minor=2_500)
        variant = stocked_variant(20, price_minor=1_000)
        order = order_of(variant, quantity=2)
        assert order.shipping_minor > 0, "two cost too little to be delivered for nothing"
        discounted(order, amount=1_000)

        line = order.lines.get()
        assert change(order, units={line.pk: 3}).shipping_minor == order.shipping_minor
        assert change(order, units={line.pk: 4}).shipping_minor == 0

    def test_keeps_agreed_tax_rates_and_the_discount_on_delivery(self) -> None:
        TaxRateFactory()
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        discounted(order, SHIPPING, amount=100)
        TaxRate.objects.update(rate="0.5")

        changed = change(order, units={order.lines.get().pk: 1})

        assert changed.shipping_minor == order.shipping_minor - 100
        assert changed.shipping_tax_rate == Decimal("0.0825")
        assert nothing_drifts()


class TestTheDatabase:
    def test_refuses_a_discount_without_its_rows(self) -> None:
        order = confirmed_order()

        with pytest.raises(IntegrityError, match="do not add up to its discount"):
            commit_change(OrderLine.objects.filter(order=order), discount_minor=1, total_minor=1_998)

    @pytest.mark.parametrize(
        "change_row",
        [
            {"amount_minor": 99},
            {"amount_minor": 0},
            {"units": 0},
            {"kind": "shipping_discount"},
            {"source": "guess"},
        ],
    )
    def test_refuses_rows_that_do_not_add_up(self, change_row: dict[str, Any]) -> None:
        order = confirmed_order()
        discounted(order, amount=100)

        with pytest.raises(IntegrityError):
            commit_change(OrderAdjustment.objects.all(), **change_row)

    def test_refuses_a_row_of_another_orders_line(self) -> None:
        order, other = confirmed_order(), confirmed_order()
        discounted(order, amount=100)

        with pytest.raises(IntegrityError):
            commit_change(OrderAdjustment.objects.all(), order=other)


def commit_change(rows: QuerySet[Any], **columns: Any) -> None:
    """Write columns of rows past the services, and let deferred triggers look as they would at the commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        rows.update(**columns)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def address(order: Order, code: str = "") -> str:
    return f"{V1}/orders/{order.pk}/discounts" + (f"/{code}" if code else "")


class TestTheApi:
    def test_gives_a_discount_and_shows_its_rows(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        body = {"percent": 10, "reason": "Late delivery"}

        data = given(client_of(person := colleague()).post(address(order), body), 201)

        assert data["totals"]["discount"] == {"amount": "2.00", "currency": "USD"}
        assert data["adjustments"] == [
            {
                "kind": "discount",
                "source": "manual",
                "code": "manual-1",
                "line_id": str(order.lines.get().pk),
                "units": 2,
                "amount": {"amount": "2.00", "currency": "USD"},
                "reason": "Late delivery",
            }
        ]
        assert order.transitions.get(kind="edit").actor == person

    def test_hides_the_reason_from_the_customer(self) -> None:
        customer = UserFactory()
        order = confirmed_order(customer=customer)
        discounted(order, amount=100)

        data = given(client_of(customer).get(f"{V1}/orders/{order.pk}"))

        assert [(one["code"], one["reason"]) for one in data["adjustments"]] == [("manual-1", None)]

    def test_removes_it_again(self) -> None:
        order = confirmed_order()
        discounted(order, amount=100)

        data = given(client_of(colleague()).delete(address(order, "manual-1")))

        assert (data["adjustments"], data["totals"]["discount"]["amount"]) == ([], "0.00")

    def test_gives_one_however_often_a_request_with_a_key_is_sent(self) -> None:
        order, client = confirmed_order(), client_of(colleague())

        for _time in range(2):
            body = {"amount": "1.00", "reason": "Late"}
            given(client.post(address(order), body, headers={"idempotency-key": "k"}), 201)

        assert order.adjustments.count() == 1

    @pytest.mark.parametrize(
        ("body", "status", "code", "field"),
        [
            ({"percent": 10}, 400, "validation_error", "reason"),
            ({"reason": "x"}, 400, "validation_error", None),
            ({"percent": 10, "amount": "1.00", "reason": "x"}, 400, "validation_error", None),
            ({"target": "line", "percent": 10, "reason": "x"}, 400, "validation_error", None),
            ({"percent": "NaN", "reason": "x"}, 400, "validation_error", "percent"),
            ({"percent": 1e9, "reason": "x"}, 400, "validation_error", "percent"),
            ({"percent": -1, "reason": "x"}, 422, "invalid_percent", "percent"),
            ({"amount": {"amount": "1.00", "currency": "EUR"}, "reason": "x"}, 422, "invalid_amount", "amount"),
            ({"amount": "1000000.00", "reason": "x"}, 422, "discount_too_large", "amount"),
            ({"amount": "1.00", "reason": "x", "expected_total": "1.00"}, 409, "total_changed", None),
        ],
    )
    def test_refuses_what_makes_no_sense(self, body: dict[str, Any], status: int, code: str, field: str | None) -> None:
        order = confirmed_order()

        details = refused(client_of(colleague()).post(address(order), body), status, code)

        if field:
            assert field in details["fields"]
        assert not OrderAdjustment.objects.exists()

    def test_is_for_staff_who_may_give_discounts(self, api: APIClient) -> None:
        customer = UserFactory()
        order = confirmed_order(customer=customer)
        body = {"amount": "1.00", "reason": "x"}

        refused(api.post(address(order), body), 401, "not_authenticated")
        refused(client_of(customer).post(address(order), body), 403, "not_allowed")
        refused(client_of(colleague("orders.change_order")).post(address(order), body), 403, "not_allowed")
        assert not OrderAdjustment.objects.exists()
        given(client_of(colleague("orders.change_order", "orders.add_orderadjustment")).post(address(order), body), 201)

    def test_does_not_know_an_order_that_is_not_there(self) -> None:
        missing = Order(pk="01900000-0000-7000-8000-000000000000")
        refused(client_of(colleague()).post(address(missing), {"amount": "1.00", "reason": "x"}), 404, "not_found")

    def test_of_placing_shows_that_nothing_was_taken_off(self) -> None:
        cart = cart_ready_to_order()

        data = given(client_with_cart(cart.token).post(f"{V1}/checkout/place"), 201)

        assert data["adjustments"] == []


class TestTheAdmin:
    def test_gives_a_discount_and_shows_it_with_its_reason(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        page = reverse("admin:orders_order_discount", args=[order.pk])
        client = staff_client()
        once = client.get(page).context["once"]

        typed = {"once": once, "taken_off": "goods", "percent": "10", "reason": "Scratched box"}
        answer = client.post(page, typed, follow=True)

        assert "Scratched box" in answer.text
        order.refresh_from_db()
        assert order.discount_minor == 200

    def test_removes_it(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        discounted(order, amount=100)
        page = reverse("admin:orders_order_remove_discount", args=[order.pk])
        client = staff_client()

        client.post(page, {"once": client.get(page).context["once"], "code": "manual-1", "note": ""}, follow=True)

        order.refresh_from_db()
        assert (order.discount_minor, OrderAdjustment.objects.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"percent": "", "reason": "x"}, "percent"),
            ({"percent": "10", "amount": "1.00", "reason": "x"}, "percent"),
            ({"amount": "1000000", "reason": "x"}, "amount"),
            ({"percent": "10", "reason": ""}, "reason"),
        ],
    )
    def test_says_at_the_input_what_is_wrong(self, typed: dict[str, str], field: str) -> None:
        order = confirmed_order()
        page = reverse("admin:orders_order_discount", args=[order.pk])
        client = staff_client()

        answer = client.post(page, {"once": client.get(page).context["once"], "taken_off": "goods", **typed})

        assert field in answer.context["form"].errors
        assert not OrderAdjustment.objects.exists()


def test_pages_show_the_customer_what_was_taken_off() -> None:
    customer = UserFactory()
    order = confirmed_order(customer=customer)
    discounted(order, amount=100)
    client = Client()
    client.force_login(customer)

    page = client.get(reverse("accounts:order", args=[order.number])).text

    assert "discount included" in page
    assert "Scratched box" not in page
