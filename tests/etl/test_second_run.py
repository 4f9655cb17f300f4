"""A source loaded again: nothing changes but what changed there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from accounts.models import Address
from catalog.models import Product, Variant
from checkout.services.cancel_order import cancel_order
from etl.models import KeyMap, Run
from inventory.allocation import Demand
from inventory.models import Location, StockItem, StockMove
from inventory.services import receive_stock, reserve
from orders.models import Order, OrderAdjustment, OrderLine
from payments.models import PaymentTransaction
from shipping.models import ShipmentLine, ShippingMethod
from tests.etl.corner_shop import TABLES, CornerShop, account, reasons

pytestmark = pytest.mark.django_db


def versions() -> dict[str, list[Any]]:
    """Every row of the shop with the physical place of its version: a row that is written again moves."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT ctid::text, t::text FROM {table} AS t ORDER BY 1, 2")
            found[table] = cursor.fetchall()
    return found


def entries(number: str) -> list[tuple[str, int]]:
    found = PaymentTransaction.objects.filter(payment__order__number=number).order_by("id")
    return list(found.values_list("kind", "amount_minor"))


def test_a_second_run_writes_nothing(shop: CornerShop) -> None:
    shop.move_in()
    before = versions()
    run = shop.move_in()

    assert versions() == before
    assert all(one.read == one.unchanged for one in run.entities.all())
    assert run.status == Run.Status.SUCCEEDED
    assert run.report["placeholders"] == 0


def test_the_key_map_knows_the_first_and_the_last_run(shop: CornerShop) -> None:
    first, last = shop.move_in(), shop.move_in()

    assert {(key.first_run, key.last_run) for key in KeyMap.objects.all()} == {(first, last)}


def test_a_changed_row_is_updated_and_no_other_is_touched(shop: CornerShop) -> None:
    shop.move_in()
    before = versions()
    shop.sql("UPDATE Products SET UnitPrice = 9 WHERE ProductID = 1")
    run = shop.move_in()

    after = versions()
    assert account(run, "product") == (4, 0, 1, 3, 0)
    assert Variant.objects.get(sku="NW-1").price_minor == 900
    # A product is listed by its price, so its own row is touched too.
    assert {table for table in TABLES if before[table] != after[table]} == {"catalog_product", "catalog_variant"}
    assert len(set(after["catalog_variant"]) - set(before["catalog_variant"])) == 1
    assert run.status == Run.Status.SUCCEEDED


def test_the_same_number_written_otherwise_is_no_change(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Products SET UnitPrice = '12.00', UnitsInStock = '15.0' WHERE ProductID = 2")

    assert account(shop.move_in(), "product") == (4, 0, 0, 4, 0)


def test_a_renamed_product_keeps_its_address_and_is_found_by_its_new_name(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Products SET ProductName = 'Safran' WHERE ProductID = 3")
    shop.move_in()

    product = Product.objects.get(source_key="3")
    assert (product.name_en, product.slug) == ("Safran", "saffron")
    assert list(Product.objects.matching("safran")) == [product]
    assert not Product.objects.matching("saffron").exists()


def test_a_new_row_is_inserted(shop: CornerShop) -> None:
    shop.move_in()
    shop.add_product(7)

    assert account(shop.move_in(), "product") == (5, 1, 0, 4, 0)


def test_what_staff_edited_stays_while_the_source_says_the_same(shop: CornerShop) -> None:
    shop.move_in()
    Product.objects.filter(source_key="1").update(name="Aleppo soap", name_en="Aleppo soap", brand="Souk")
    shop.move_in()

    assert Product.objects.get(source_key="1").name_en == "Aleppo soap"


def test_the_source_wins_its_columns_when_it_changes(shop: CornerShop) -> None:
    shop.move_in()
    Product.objects.filter(source_key="1").update(name="Aleppo soap", name_en="Aleppo soap", is_featured=True)
    shop.sql("UPDATE Products SET QuantityPerUnit = '8 bars' WHERE ProductID = 1")
    shop.move_in()

    product = Product.objects.get(source_key="1")
    assert (product.name_en, product.description_en, product.is_featured) == ("Savon d'Alep", "8 bars", True)


def test_a_price_edited_by_staff_is_told_as_a_difference(shop: CornerShop) -> None:
    shop.move_in()
    Variant.objects.filter(sku="NW-1").update(price_minor=1000)
    run = shop.move_in()

    assert run.status == Run.Status.DIFFERS
    assert run.report["differing"] == ["product price"]


def test_a_method_that_staff_activated_stays_active(shop: CornerShop) -> None:
    shop.move_in()
    ShippingMethod.objects.filter(source_key="1").update(is_active=True, price_minor=500)
    shop.sql("UPDATE Shippers SET Phone = '9' WHERE ShipperID = 1")
    shop.move_in()

    method = ShippingMethod.objects.get(source_key="1")
    assert (method.phone, method.is_active, method.price_minor) == ("9", True, 500)


def test_a_row_deleted_in_the_shop_comes_back(shop: CornerShop) -> None:
    shop.move_in()
    Address.objects.get(source_key="KARIM").delete()
    run = shop.move_in()

    assert account(run, "address") == (2, 1, 0, 1, 0)
    assert Address.objects.get(source_key="KARIM").user.source_key == "KARIM"


def test_changed_stock_moves_by_its_difference(shop: CornerShop) -> None:
    shop.move_in()
    item = StockItem.objects.get(variant__sku="NW-1")
    receive_stock(variant_id=item.variant_id, location=item.location, quantity=5)
    shop.sql("UPDATE Products SET UnitsInStock = 30 WHERE ProductID = 1")
    run = shop.move_in()

    item.refresh_from_db()
    assert item.on_hand == 35
    moves = StockMove.objects.filter(stock_item=item, kind="import").order_by("id")
    assert [move.quantity for move in moves] == [40, -10]
    assert run.status == Run.Status.SUCCEEDED


def test_stock_that_is_promised_is_not_taken_away(shop: CornerShop) -> None:
    shop.move_in()
    item = StockItem.objects.get(variant__sku="NW-1")
    reserve(demands=[Demand(holder=item.pk, variant_id=item.variant_id, quantity=25)])
    shop.sql("UPDATE Products SET UnitsInStock = 20 WHERE ProductID = 1")
    run = shop.move_in()

    assert reasons(run, "product") == [("1", "stock_promised", "stock", "20")]
    assert StockItem.objects.get(variant__sku="NW-1").on_hand == 40


def test_stock_sold_since_is_no_difference(shop: CornerShop) -> None:
    shop.move_in()
    StockItem.objects.filter(variant__sku="NW-1").update(on_hand=3)

    assert shop.move_in().status == Run.Status.SUCCEEDED


def test_a_second_source_of_the_same_location_shares_it(shop: CornerShop) -> None:
    Location.objects.create(code="northwind", name="Our own")
    shop.move_in()

    assert Location.objects.get(code="northwind").name == "Our own"


def test_an_order_shipped_meanwhile_becomes_completed(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Orders SET ShippedDate = '2019-03-20' WHERE OrderID = 503")
    run = shop.move_in()

    order = Order.objects.get(number="503")
    assert account(run, "order") == (3, 0, 1, 2, 0)
    assert (order.status, order.payment_status, order.fulfilment_status) == ("completed", "paid", "delivered")
    assert entries("503") == [("capture", 1843)]
    steps = [(step.kind, step.to_state) for step in order.transitions.all()]
    assert steps == [
        ("status", "confirmed"), ("payment", "paid"), ("status", "processing"), ("fulfilment", "shipped"),
        ("fulfilment", "delivered"), ("status", "completed"),
    ]  # fmt: skip
    assert order.shipments.get().shipped_at == datetime(2019, 3, 20, tzinfo=UTC)


def test_a_raised_total_of_a_paid_order_adds_to_the_ledger(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Orders SET Freight = 10 WHERE OrderID = 501")
    run = shop.move_in()

    order = Order.objects.get(number="501")
    assert entries("501") == [("capture", 4988), ("capture", 260)]
    assert (order.total_minor, order.paid_minor, order.payment_status) == (5248, 5248, "paid")
    assert (account(run, "order"), account(run, "order_line")) == ((3, 0, 1, 2, 0), (5, 0, 0, 5, 0))


def test_a_lowered_total_of_a_paid_order_is_given_back_in_the_ledger(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Orders SET Freight = 7 WHERE OrderID = 501")
    shop.move_in()

    order = Order.objects.get(number="501")
    assert entries("501") == [("capture", 4988), ("refund", 40)]
    assert (order.total_minor, order.due.minor, order.payment_status) == (4948, 0, "partially_refunded")
    last = order.transitions.last()
    assert (last.kind, last.from_state, last.to_state) == ("payment", "paid", "partially_refunded")


def test_a_changed_line_changes_its_order(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql('UPDATE "Order Details" SET Quantity = 6 WHERE OrderID = 502 AND ProductID = 2')
    run = shop.move_in()

    order = Order.objects.get(number="502")
    assert (account(run, "order"), account(run, "order_line")) == ((3, 0, 1, 2, 0), (5, 0, 1, 4, 0))
    assert (order.total_minor, order.paid_minor) == (3250 + 6327, 3250 + 6327)
    assert ShipmentLine.objects.get(order_line__source_key="502-2").quantity == 6


def test_a_line_keeps_the_name_it_was_sold_under(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Products SET ProductName = 'Savon vert' WHERE ProductID = 2")
    shop.sql('UPDATE "Order Details" SET Quantity = 6 WHERE OrderID = 502 AND ProductID = 2')
    shop.move_in()

    assert OrderLine.objects.get(source_key="502-2").name == "Savon noir"


def test_lines_added_and_removed_at_the_source_follow(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql('DELETE FROM "Order Details" WHERE OrderID = 502 AND ProductID = 2')
    shop.add_line(502, 3, UnitPrice=4)
    run = shop.move_in()

    order = Order.objects.get(number="502")
    assert [(line.source_key, line.position) for line in order.lines.all()] == [("502-4", 2), ("502-3", 3)]
    assert order.total_minor == 3250 + 400
    assert sum(line.total_minor for line in order.lines.all()) == order.total_minor
    assert run.status == Run.Status.SUCCEEDED


def test_a_state_never_goes_back(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Orders SET ShippedDate = NULL WHERE OrderID = 501")
    run = shop.move_in()

    assert reasons(run, "order") == [("501", "state_conflict", "status", "confirmed, unpaid")]
    assert Order.objects.get(number="501").status == "completed"


def test_an_order_cancelled_in_the_shop_is_not_revived(shop: CornerShop) -> None:
    shop.move_in()
    cancel_order(order_id=Order.objects.get(number="503").pk, actor=None, note="")
    unchanged = shop.move_in()
    shop.sql("UPDATE Orders SET ShippedDate = '2019-03-20' WHERE OrderID = 503")
    changed = shop.move_in()

    assert account(unchanged, "order") == (3, 0, 0, 3, 0)
    assert [reason for _key, reason, *_ in reasons(changed, "order")] == ["state_conflict"]
    assert Order.objects.get(number="503").status == "cancelled"


def test_rows_that_the_source_has_no_more_stay_and_are_told(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("DELETE FROM Orders WHERE OrderID = 503")
    shop.sql('DELETE FROM "Order Details" WHERE OrderID = 503')
    run = shop.move_in()

    [total] = [one for one in run.report["comparisons"] if (one["entity"], one["measure"]) == ("order", "total")]
    assert (total["source"], total["kept"], total["target"], total["difference"]) == (
        "135.11",
        "18.43",
        "153.54",
        "0.00",
    )
    assert Order.objects.filter(number="503").exists()
    assert run.status == Run.Status.DIFFERS


def test_the_discount_of_a_line_rests_in_a_row_that_follows_the_source(shop: CornerShop) -> None:
    def rows() -> list[tuple[str, str, int | None, int]]:
        found = OrderAdjustment.objects.filter(line__source_key="502-2")
        return list(found.values_list("kind", "source", "units", "amount_minor"))

    shop.move_in()
    assert rows() == [("discount", "import", 5, 277)]

    shop.sql('UPDATE "Order Details" SET Quantity = 10 WHERE OrderID = 502 AND ProductID = 2')
    shop.move_in()
    assert rows() == [("discount", "import", 10, 555)]

    shop.sql('UPDATE "Order Details" SET Discount = 0 WHERE OrderID = 502 AND ProductID = 2')
    shop.move_in()
    assert rows() == []
