"""Staff changes an order before it is sent: what was agreed stays, and stock, totals and money follow."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from carts.errors import CurrencyMismatch, NotForSale, QuantityOutOfRange
from catalog.models import Variant
from checkout.errors import NotEditable, OrderChanged, TotalChanged
from checkout.services.cancel_order import cancel_order
from checkout.services.edit_order import Edit, quote_edit
from checkout.services.fulfil_order import deliver_shipment, ship_order
from checkout.services.place_items import Item
from core.errors import DomainError, InvalidInput
from core.i18n.addresses import PostalAddress
from core.money import Money
from core.outbox.models import OutboxEvent
from inventory.errors import OutOfStock
from inventory.models import Reservation, StockItem
from orders.models import Order, OrderLine
from orders.services import lock_order
from orders.versions import order_version
from payments.services import capture_payment
from pricing.models import TaxRate
from shipping.models import ShippingMethod
from tests.api import V1, client_of, given, refused
from tests.edits import change, lines_of, order_of, reserved
from tests.factories.accounts import postal
from tests.factories.catalog import VariantFactory
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory, TaxZoneFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db


class TestUnits:
    def test_fewer_give_stock_back_and_lower_the_total(self) -> None:
        TaxRateFactory()
        variant = stocked_variant(10, price_minor=1_000)
        order = order_of(variant, quantity=3)
        line = order.lines.get()

        changed = change(order, units={line.pk: 1})

        assert lines_of(order) == [(variant.sku, 1, 1_000)]
        assert (reserved(variant), changed.subtotal_minor) == (1, 1_000)
        line.refresh_from_db()
        assert (line.total_minor, line.tax_minor) == (1_000, 83)
        assert changed.total_minor == 1_000 + 83 + changed.shipping_minor + changed.shipping_tax_minor

    def test_more_are_reserved(self) -> None:
        variant = stocked_variant(10)
        order = order_of(variant, quantity=1)

        change(order, units={order.lines.get().pk: 4})

        assert (reserved(variant), order.lines.get().quantity) == (4, 4)

    def test_more_than_there_are_is_refused_whole(self) -> None:
        variant = stocked_variant(3)
        order = order_of(variant, quantity=2)

        with pytest.raises(OutOfStock):
            change(order, units={order.lines.get().pk: 4})

        assert (reserved(variant), order.lines.get().quantity) == (2, 2)

    def test_none_take_the_line_out(self) -> None:
        gone, stays = stocked_variant(), stocked_variant()
        order = order_of(gone, stays)

        change(order, units={order.lines.get(sku=gone.sku).pk: 0})

        assert [sku for sku, *_rest in lines_of(order)] == [stays.sku]
        assert (reserved(gone), reserved(stays)) == (0, 2)

    def test_of_the_last_line_are_kept(self) -> None:
        order = confirmed_order()

        with pytest.raises(InvalidInput) as refused:
            change(order, units={order.lines.get().pk: 0})

        assert refused.value.code == "no_lines"

    @pytest.mark.parametrize("units", [-1, 10_001])
    def test_that_no_line_can_have_are_refused(self, units: int) -> None:
        order = confirmed_order()

        with pytest.raises(QuantityOutOfRange):
            change(order, units={order.lines.get().pk: units})

    def test_of_another_orders_line_are_refused(self) -> None:
        order, other = confirmed_order(), confirmed_order()

        with pytest.raises(InvalidInput) as refused:
            change(order, units={other.lines.get().pk: 2})

        assert refused.value.code == "unknown_line"

    def test_that_are_the_same_leave_no_trace(self) -> None:
        order = confirmed_order()
        before = (order.transitions.count(), OutboxEvent.objects.count())

        change(order, units={order.lines.get().pk: 1})

        assert (order.transitions.count(), OutboxEvent.objects.count()) == before


class TestPrices:
    def test_that_were_agreed_stay_whatever_the_catalogue_says_today(self) -> None:
        TaxRateFactory()
        dear, cheap = stocked_variant(price_minor=5_000), stocked_variant(price_minor=100)
        order = order_of(dear, cheap, quantity=2)
        Variant.objects.filter(pk=dear.pk).update(price_minor=9_999)
        TaxRate.objects.update(rate="0.5")
        kept = order.lines.get(sku=dear.sku)

        change(order, units={order.lines.get(sku=cheap.sku).pk: 1})

        after = order.lines.get(sku=dear.sku)
        assert (after.unit_price_minor, after.tax_minor, after.updated_at) == (5_000, kept.tax_minor, kept.updated_at)
        assert order.lines.get(sku=cheap.sku).tax_rate == kept.tax_rate

    def test_of_fewer_units_are_those_agreed(self) -> None:
        variant = stocked_variant(price_minor=1_000)
        order = order_of(variant, quantity=3)
        Variant.objects.filter(pk=variant.pk).update(price_minor=1_500)

        change(order, units={order.lines.get().pk: 2})

        assert lines_of(order) == [(variant.sku, 2, 1_000)]

    def test_of_units_on_top_are_todays_on_a_line_of_their_own(self) -> None:
        variant = stocked_variant(price_minor=1_000)
        order = order_of(variant, quantity=2)
        Variant.objects.filter(pk=variant.pk).update(price_minor=1_500)

        change(order, units={order.lines.get().pk: 5})

        assert lines_of(order) == [(variant.sku, 2, 1_000), (variant.sku, 3, 1_500)]
        assert reserved(variant) == 5

    def test_that_did_not_move_keep_one_line(self) -> None:
        variant = stocked_variant()
        order = order_of(variant, quantity=2)

        change(order, Item(3, sku=variant.sku))

        assert order.lines.get().quantity == 5

    def test_of_delivery_stay_unless_the_goods_change_them(self) -> None:
        method = ShippingMethodFactory(free_from_minor=10_000)
        variant = stocked_variant(20, price_minor=1_000)
        order = order_of(variant, quantity=2)
        charged, line = order.shipping_minor, order.lines.get()
        ShippingMethod.objects.filter(pk=method.pk).update(price_minor=charged + 700)

        assert change(order, units={line.pk: 3}).shipping_minor == charged
        assert change(order, units={line.pk: 10}).shipping_minor == 0
        assert change(order, units={line.pk: 3}).shipping_minor == charged + 700

    def test_of_delivery_keep_their_tax(self) -> None:
        TaxRateFactory()
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)
        tax = order.shipping_tax_minor
        assert tax, "the fixture taxes delivery"
        TaxRate.objects.update(rate="0.5")

        assert change(order, units={order.lines.get().pk: 1}).shipping_tax_minor == tax

    def test_add_up_as_those_of_a_new_order(self) -> None:
        TaxRateFactory()
        glass, pot = stocked_variant(price_minor=333), stocked_variant(price_minor=1_999)
        edited, placed = order_of(glass, quantity=1), order_of(glass, pot, quantity=3)

        changed = change(edited, Item(3, sku=pot.sku), units={edited.lines.get().pk: 3})

        for column in ("subtotal_minor", "tax_minor", "total_minor", "price_steps"):
            assert getattr(changed, column) == getattr(placed, column), column

    def test_other_than_those_seen_are_refused(self) -> None:
        order = confirmed_order()

        with pytest.raises(TotalChanged):
            change(order, units={order.lines.get().pk: 2}, expected_total=Money(1, "USD"))

        assert order.lines.get().quantity == 1


class TestLinesOnTop:
    def test_keep_name_and_price_in_the_orders_language(self) -> None:
        order = confirmed_order()
        Order.objects.filter(pk=order.pk).update(language="fr")
        pot = stocked_variant(5, price_minor=2_000, product__name_en="Teapot", product__name_fr="Théière")

        change(order, Item(2, variant_id=pot.pk))

        line = order.lines.last()
        assert line is not None
        assert (line.name, line.quantity, line.unit_price_minor, line.position) == ("Théière", 2, 2_000, 2)
        assert Reservation.objects.get(holder=line.pk).quantity == 2

    def test_that_are_not_sold_are_named(self) -> None:
        order, sold = confirmed_order(), stocked_variant()
        withdrawn = VariantFactory(product=sold.product, is_active=False)

        with pytest.raises(NotForSale) as refused:
            change(order, Item(1, sku=sold.sku), Item(1, sku=withdrawn.sku))

        assert (refused.value.field, refused.value.details) == ("items", {"items": [1]})

    def test_in_another_currency_are_refused(self) -> None:
        order = confirmed_order()

        with pytest.raises(CurrencyMismatch):
            change(order, Item(1, sku=stocked_variant(currency="TND").sku))

    def test_are_not_had_of_a_line_that_is_no_longer_sold(self) -> None:
        order = confirmed_order()
        line = order.lines.get()
        VariantFactory(product=line.variant.product)
        Variant.objects.filter(pk=line.variant_id).update(is_active=False)

        with pytest.raises(NotForSale) as refused:
            change(order, units={line.pk: 2})

        assert refused.value.details == {"line": str(line.pk)}

    def test_are_not_had_of_a_line_whose_variant_is_gone(self) -> None:
        order = confirmed_order()
        line = order.lines.get()
        OrderLine.objects.filter(pk=line.pk).update(variant=None)

        with pytest.raises(NotForSale):
            change(order, units={line.pk: 2})


class TestTheAddress:
    def test_in_the_same_country_changes_nothing_else(self) -> None:
        TaxRateFactory()
        order = confirmed_order()

        changed = change(order, to=PostalAddress(**(postal() | {"line1": "1 rue Neuve"})))

        assert changed.ship_to.line1 == "1 rue Neuve"
        assert changed.bill_to == order.bill_to
        assert changed.total == order.total
        assert list(changed.payments.values_list("status", flat=True)) == ["pending"]
        assert changed.transitions.get(kind="edit").to_state == "address"

    def test_in_another_country_taxes_anew_at_agreed_prices(self) -> None:
        order = order_of(stocked_variant(price_minor=1_200), quantity=1)
        assert order.tax_minor == 0, "nothing is taxed where no zone has the country"
        TaxRateFactory(zone=InclusiveZone(countries=["DE"]), rate="0.20")

        changed = change(order, to=german())

        assert (changed.prices_include_tax, changed.lines.get().tax_minor) == (True, 200)
        assert changed.total == order.total

    def test_in_another_state_that_is_taxed_otherwise_taxes_anew(self) -> None:
        TaxRateFactory(rate="0.08")
        TaxRateFactory(
            zone=TaxZoneFactory(code="ca", name="California", countries=(), parts=[("US", "CA", "")]), rate="0.10"
        )
        order = order_of(stocked_variant(price_minor=1_000), quantity=1)
        there = PostalAddress(**postal(country="US", region="CA", postal_code="94103"))

        changed = change(order, to=there)

        assert (order.lines.get().tax_minor, changed.tax_zone) == (100, "California")

    def test_in_another_state_of_the_same_zone_keeps_the_agreed_tax(self) -> None:
        TaxRateFactory(rate="0.08")
        order = order_of(stocked_variant(price_minor=1_000), quantity=1)
        TaxRate.objects.update(rate="0.5")

        changed = change(order, to=PostalAddress(**postal(country="US", region="NV", postal_code="89501")))

        assert changed.lines.get().tax_minor == 80

    def test_where_the_method_does_not_go_is_refused(self) -> None:
        order = confirmed_order()
        ShippingMethod.objects.update(countries=[order.ship_to.country])

        with pytest.raises(InvalidInput) as refused:
            change(order, to=german())

        assert (refused.value.code, refused.value.field) == ("unknown_shipping_method", "shipping_address")

    def test_that_a_parcel_is_on_its_way_to_stays(self) -> None:
        order = order_of(stocked_variant(), quantity=2)
        ship_order(order_id=order.pk, actor=None, quantities={order.lines.get().pk: 1})

        with pytest.raises(InvalidInput) as refused:
            change(order, to=german())

        assert refused.value.code == "address_in_use"


def german() -> PostalAddress:
    return PostalAddress(full_name="Lena Vogt", line1="Ring 1", city="Köln", country="DE", postal_code="50667")


class TestMoney:
    def test_that_waits_is_asked_for_anew(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2, provider="bank_transfer")

        changed = change(order, units={order.lines.get().pk: 3})

        payments = list(order.payments.values_list("status", "amount_minor"))
        assert payments == [("voided", order.total_minor), ("pending", changed.total_minor)]
        assert changed.status == "pending"

    def test_that_came_already_leaves_the_rest_due(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2, provider="bank_transfer")
        capture_payment(payment_id=order.payments.get().pk, actor=None)

        changed = change(order, units={order.lines.get().pk: 3})

        assert (changed.payment_status, changed.due.minor) == ("partially_paid", 1_000)
        assert order.payments.get(status="pending").amount_minor == 1_000

    def test_that_is_too_much_is_due_back(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2, provider="bank_transfer")
        capture_payment(payment_id=order.payments.get().pk, actor=None)

        changed = change(order, units={order.lines.get().pk: 1})

        assert (changed.payment_status, changed.due.minor) == ("paid", -1_000)
        assert not order.payments.filter(status="pending").exists()

    def test_that_covers_the_rest_confirms_the_order(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2, provider="bank_transfer")
        paid = order.payments.get()
        change(order, units={order.lines.get().pk: 1})
        waiting = order.payments.get(status="pending")
        capture_payment(payment_id=waiting.pk, actor=None)

        order.refresh_from_db()
        assert (order.status, order.payment_status) == ("confirmed", "paid")
        with pytest.raises(DomainError):
            capture_payment(payment_id=paid.pk, actor=None)

    def test_is_told_before_anything_is_written(self) -> None:
        order = order_of(stocked_variant(price_minor=1_000), quantity=2)

        quote = quote_edit(order=order, edit=Edit(quantities={order.lines.get().pk: 3}))

        assert quote.due == quote.totals.total == Money(order.total_minor + 1_000, "USD")
        assert order.lines.get().quantity == 2


class TestStates:
    def test_ended_orders_stay_as_they_are(self) -> None:
        cancelled, completed = order_awaiting_transfer(), completed_order()
        cancel_order(order_id=cancelled.pk, actor=None)

        for order in (cancelled, completed):
            with pytest.raises(NotEditable):
                change(order, units={order.lines.get().pk: 2})

    def test_imported_orders_belong_to_the_import(self) -> None:
        order = confirmed_order()
        Order.objects.filter(pk=order.pk).update(source="northwind", source_key="1")

        with pytest.raises(NotEditable):
            change(order, units={order.lines.get().pk: 2})

    def test_what_is_in_a_parcel_stays(self) -> None:
        order = order_of(stocked_variant(), quantity=3)
        line = order.lines.get()
        ship_order(order_id=order.pk, actor=None, quantities={line.pk: 2})

        with pytest.raises(InvalidInput) as refused:
            change(order, units={line.pk: 1})

        assert (refused.value.code, refused.value.details["least"]) == ("below_shipped", 2)

    def test_taking_out_what_was_left_leaves_the_order_shipped(self) -> None:
        variant = stocked_variant(10)
        order = order_of(variant, quantity=3)
        line = order.lines.get()
        ship_order(order_id=order.pk, actor=None, quantities={line.pk: 2})

        changed = change(order, units={line.pk: 2})

        assert (changed.fulfilment_status, reserved(variant)) == ("shipped", 0)

    def test_a_partly_shipped_order_takes_more_and_ships_them(self) -> None:
        variant = stocked_variant(10)
        order = order_of(variant, quantity=2)
        line = order.lines.get()
        ship_order(order_id=order.pk, actor=None, quantities={line.pk: 1})

        change(order, units={line.pk: 5})
        assert reserved(variant) == 4
        parcel = ship_order(order_id=order.pk, actor=None)
        deliver_shipment(shipment_id=parcel.pk, actor=None)

        assert StockItem.objects.get(variant=variant).on_hand == 5


class TestTheTrace:
    def test_names_who_did_what_and_tells_of_it(self) -> None:
        order, person = confirmed_order(), colleague()

        change(order, units={order.lines.get().pk: 2}, actor=person, note="Called in")

        entry = order.transitions.get(kind="edit")
        assert (entry.to_state, entry.actor, entry.note) == ("lines", person, "Called in")
        assert OutboxEvent.objects.filter(event_type="order.changed", aggregate_id=order.pk).count() == 1

    def test_a_version_that_is_not_the_one_seen_is_refused(self) -> None:
        order = confirmed_order()
        with transaction.atomic():
            seen = order_version(lock_order(order.pk))
        change(order, units={order.lines.get().pk: 2}, seen_version=seen)

        with pytest.raises(OrderChanged):
            change(order, units={order.lines.get().pk: 3}, seen_version=seen)

    def test_queries_do_not_grow_with_the_lines(self) -> None:
        def queries(count: int) -> int:
            variants = [stocked_variant() for _ in range(count)]
            order, extra = order_of(*variants), [stocked_variant() for _ in range(count)]
            units = {line.pk: 3 for line in order.lines.all()}
            with CaptureQueriesContext(connection) as captured:
                change(order, *[Item(1, sku=one.sku) for one in extra], units=units)
            return len(captured)

        assert queries(2) == queries(6)


class TestTheApi:
    def test_changes_lines_items_and_address_at_once(self) -> None:
        order, pot = order_of(stocked_variant(), stocked_variant()), stocked_variant(price_minor=2_000)
        first, second = order.lines.all()
        body = {
            "lines": [{"id": str(first.pk), "quantity": 0}, {"id": str(second.pk), "quantity": 3}],
            "items": [{"sku": pot.sku, "quantity": 2}],
            "shipping_address": postal() | {"line1": "1 rue Neuve"},
            "note": "By phone",
        }

        data = given(client_of(person := colleague("orders.change_order")).patch(f"{V1}/orders/{order.pk}", body))

        assert [(line["sku"], line["quantity"]) for line in data["lines"]] == [(second.sku, 3), (pot.sku, 2)]
        assert data["shipping_address"]["line1"] == "1 rue Neuve"
        entries = order.transitions.filter(kind="edit").values_list("to_state", "actor", "door", "note")
        assert set(entries) == {("lines", person.pk, "api", "By phone"), ("address", person.pk, "api", "By phone")}

    def test_adds_once_however_often_a_request_with_a_key_is_sent(self) -> None:
        order, client = confirmed_order(), client_of(colleague())
        body = {"items": [{"sku": order.lines.get().sku}]}

        for _time in range(2):
            given(client.patch(f"{V1}/orders/{order.pk}", body, headers={"idempotency-key": "k"}))

        assert order.lines.get().quantity == 2

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"lines": [{"id": "x", "quantity": 1}]}, 400, "validation_error"),
            ({"lines": [{"id": "01900000-0000-7000-8000-000000000000", "quantity": 1}]}, 422, "unknown_line"),
            ({"items": [{"sku": "NONE"}]}, 409, "not_for_sale"),
            ({"shipping_address": {"country": "FR"}}, 400, "validation_error"),
            ({"items": [{"sku": "MINT"}], "expected_total": "1.00"}, 409, "total_changed"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, body: dict[str, Any], status: int, code: str) -> None:
        order = order_of(stocked_variant(sku="MINT"))

        refused(client_of(colleague()).patch(f"{V1}/orders/{order.pk}", body), status, code)

        assert order.lines.get().quantity == 2
