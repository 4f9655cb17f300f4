"""Broken rows stay outside with a reason, the rest moves in, and what is mended comes in with the next run."""

from typing import Any

import pytest

from accounts.models import Address, User
from catalog.models import Product
from etl.models import Rejection, Run
from etl.staging import as_text
from orders.models import Order
from tests.etl.corner_shop import CornerShop, account, reasons
from tests.factories.catalog import VariantFactory
from tests.factories.shipping import ShippingMethodFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("column", "broken", "reason", "sentence"),
    [
        ("UnitPrice", -5, "too_small", "is -5; the least allowed is 0."),
        ("UnitPrice", "abc", "not_a_number", "is “abc”, which is not a number."),
        ("UnitPrice", "NaN", "not_a_number", "is “NaN”, which is not a number."),
        ("UnitPrice", 1.005, "too_many_decimals", "is 1.005, which has more than 2 decimals."),
        ("UnitPrice", 1e300, "too_large", "is 1e+300; the most allowed is 10000000000."),
        ("UnitPrice", None, "missing", "is empty."),
        ("UnitsInStock", 1.5, "not_whole", "is 1.5, which is not a whole number."),
        ("UnitsInStock", -1, "too_small", "is -1; the least allowed is 0."),
        ("ProductName", None, "missing", "is empty."),
        ("ProductName", "x" * 201, "too_long", "is longer than 200 characters."),
        ("CategoryID", 99, "unknown_reference", "is “99”, but there is no such category."),
        ("CategoryID", None, "missing", "is empty."),
        ("Discontinued", "maybe", "not_a_boolean", "is “maybe”, which is neither yes nor no."),
    ],
)
def test_a_broken_product_is_rejected_and_the_rest_loads(
    shop: CornerShop, column: str, broken: Any, reason: str, sentence: str
) -> None:
    shop.add_product(7, **{column: broken})
    run = shop.move_in()

    assert run.status == Run.Status.DIFFERS
    assert account(run, "product") == (5, 4, 0, 0, 1)
    assert reasons(run, "product") == [("7", reason, column, (as_text(broken) or "")[:200] or None)]
    assert run.rejections.get().message == f"{column} {sentence}"


def test_a_name_of_blanks_is_none(shop: CornerShop) -> None:
    shop.add_product(7, ProductName="  ")

    assert reasons(shop.move_in(), "product") == [("7", "missing", "ProductName", None)]


def test_what_no_text_can_hold_rejects_its_row(shop: CornerShop) -> None:
    shop.add_product(7, ProductName="a\x00b")
    run = shop.move_in()

    assert reasons(run, "product") == [("7", "unreadable_text", "ProductName", None)]
    assert run.rejections.get().message == "ProductName holds bytes that are not text (NUL or broken UTF-8)."


def test_broken_utf8_rejects_its_row_only(shop: CornerShop) -> None:
    shop.sql("UPDATE Customers SET CompanyName = CAST(x'4361ff' AS TEXT) WHERE CustomerID = 'SALMA'")
    run = shop.move_in()

    assert reasons(run, "customer") == [("SALMA", "unreadable_text", "CompanyName", None)]
    assert account(run, "customer") == (3, 2, 0, 0, 1)


def test_of_rows_with_one_key_the_first_is_kept(shop: CornerShop) -> None:
    shop.add_product(1, ProductName="An impostor")
    run = shop.move_in()

    assert account(run, "product") == (5, 4, 0, 0, 1)
    assert reasons(run, "product") == [("1", "duplicate_key", "ProductID", "1")]
    assert run.rejections.get().message == "The key 1 was used before, by row 1, which was kept."
    assert Product.objects.get(source_key="1").name == "Savon d'Alep"


def test_a_row_without_a_key_is_rejected_by_its_number(shop: CornerShop) -> None:
    shop.sql("UPDATE Shippers SET ShipperID = NULL WHERE ShipperID = 2")
    shop.sql("UPDATE Orders SET ShipVia = 1")
    run = shop.move_in()

    [rejected] = run.rejections.all()
    assert (rejected.entity, rejected.row, rejected.source_key, rejected.reason) == (
        "shipping_method", 2, None, "missing_key",
    )  # fmt: skip


def test_a_customer_without_company_is_rejected_with_all_that_hangs_on_it(shop: CornerShop) -> None:
    shop.sql("UPDATE Customers SET CompanyName = '' WHERE CustomerID = 'KARIM'")
    run = shop.move_in()

    assert reasons(run, "customer") == [("KARIM", "missing", "CompanyName", None)]
    assert reasons(run, "address") == [("KARIM", "rejected_reference", "CustomerID", "KARIM")]
    assert reasons(run, "order") == [("502", "rejected_reference", "CustomerID", "KARIM")]
    assert reasons(run, "order_line") == [
        ("502-2", "order_rejected", "order", "502"),
        ("502-4", "order_rejected", "order", "502"),
    ]
    assert account(run, "order") == (3, 2, 0, 0, 1)


def test_an_order_of_nobody_known_is_rejected(shop: CornerShop) -> None:
    shop.add_order(600, CustomerID="NOONE")
    run = shop.move_in()

    assert reasons(run, "order") == [("600", "unknown_reference", "CustomerID", "NOONE")]


@pytest.mark.parametrize("date", ["2019-02-30", "yesterday", "now", "03/04/2019", "infinity", "20190304"])
def test_a_bad_date_rejects_the_order(shop: CornerShop, date: str) -> None:
    shop.add_order(600, OrderDate=date)
    run = shop.move_in()

    assert reasons(run, "order") == [("600", "bad_date", "OrderDate", date)]
    assert not Order.objects.filter(number="600").exists()


def test_an_unknown_country_rejects_the_address_but_not_the_customer(shop: CornerShop) -> None:
    shop.sql("UPDATE Customers SET Country = 'Atlantis' WHERE CustomerID = 'KARIM'")
    run = shop.move_in()

    assert reasons(run, "address") == [("KARIM", "unknown_country", "Country", "Atlantis")]
    assert account(run, "customer") == (3, 3, 0, 0, 0)
    assert User.objects.get(source_key="KARIM").addresses.count() == 0


def test_a_line_of_an_unknown_product_keeps_its_whole_order_outside(shop: CornerShop) -> None:
    shop.add_line(502, 99)
    run = shop.move_in()

    assert reasons(run, "order_line") == [
        ("502-2", "order_rejected", "order", "502"),
        ("502-4", "order_rejected", "order", "502"),
        ("502-99", "unknown_reference", "ProductID", "99"),
    ]
    assert reasons(run, "order") == [("502", "line_rejected", "order_line", "502-99")]
    assert account(run, "order_line") == (6, 3, 0, 0, 3)
    assert not Order.objects.filter(number="502").exists()


@pytest.mark.parametrize(
    ("columns", "reason", "column"),
    [
        ({"Quantity": 0}, "too_small", "Quantity"),
        ({"Quantity": "two"}, "not_a_number", "Quantity"),
        ({"Discount": 1.2}, "too_large", "Discount"),
        ({"Discount": -0.1}, "too_small", "Discount"),
        ({"UnitPrice": -1}, "too_small", "UnitPrice"),
    ],
)
def test_a_broken_line_is_rejected(shop: CornerShop, columns: dict[str, Any], reason: str, column: str) -> None:
    shop.add_order(600)
    shop.add_line(600, 1, **columns)
    run = shop.move_in()

    assert reasons(run, "order_line") == [("600-1", reason, column, str(*columns.values()))]
    assert account(run, "order") == (4, 3, 0, 0, 1)


def test_a_line_of_no_order_is_rejected_alone(shop: CornerShop) -> None:
    shop.add_line(999, 1)
    run = shop.move_in()

    assert reasons(run, "order_line") == [("999-1", "unknown_reference", "order", "999")]
    assert account(run, "order") == (3, 3, 0, 0, 0)


def test_all_that_is_wrong_with_a_row_is_told_at_once(shop: CornerShop) -> None:
    shop.add_product(7, ProductName="", UnitPrice="x", CategoryID=99)
    run = shop.move_in()

    [rejected] = run.rejections.all()
    assert {problem["reason"] for problem in rejected.problems} == {"missing", "not_a_number", "unknown_reference"}


def test_one_thing_is_told_once_though_two_columns_come_from_it(shop: CornerShop) -> None:
    shop.add_order(600, OrderDate="never", ShippedDate="2020-01-02")
    run = shop.move_in()

    assert [problem["reason"] for problem in run.rejections.get().problems] == ["bad_date"]


def test_a_sku_that_the_shop_has_already_is_taken(shop: CornerShop) -> None:
    VariantFactory(sku="NW-3")
    run = shop.move_in()

    assert reasons(run, "product") == [("3", "taken", "sku", "NW-3")]
    assert reasons(run, "order_line")[0] == ("501-1", "order_rejected", "order", "501")


def test_an_order_number_that_the_shop_has_already_is_taken(shop: CornerShop) -> None:
    shop.move_in()
    Order.objects.filter(number="502").update(source=None, source_key=None)
    run = shop.move_in()

    assert reasons(run, "order") == [("502", "taken", "OrderID", "502")]


def test_two_methods_cannot_share_a_code(shop: CornerShop) -> None:
    ShippingMethodFactory(code="northwind-sea-road")
    shop.sql("INSERT INTO Shippers VALUES (3, 'Swift  Camel', NULL)")
    run = shop.move_in()

    assert reasons(run, "shipping_method") == [
        ("2", "taken", "CompanyName", "northwind-sea-road"),
        ("3", "not_unique", "CompanyName", "northwind-swift-camel"),
    ]


def test_the_difference_of_the_sums_is_that_of_the_rejected_rows(shop: CornerShop) -> None:
    shop.add_order(600, ShipCountry="Atlantis", Freight=3)
    shop.add_line(600, 1, UnitPrice=2.5, Quantity=3, Discount=0.05)
    run = shop.move_in()

    compared = {f"{one['entity']} {one['measure']}": one for one in run.report["comparisons"]}
    total = compared["order total"]
    assert (total["source"], total["rejected"], total["target"]) == ("163.67", "10.13", "153.54")
    assert {one["difference"].strip("0.") for one in compared.values()} == {""}
    assert run.report["differing"] == []


def test_mended_rows_come_in_with_the_next_run(shop: CornerShop) -> None:
    shop.sql("UPDATE Products SET UnitPrice = -1 WHERE ProductID = 2")
    shop.sql("UPDATE Customers SET Country = 'Atlantis' WHERE CustomerID = 'AMINA'")
    first = shop.move_in()
    shop.sql("UPDATE Products SET UnitPrice = 12 WHERE ProductID = 2")
    shop.sql("UPDATE Customers SET Country = 'France' WHERE CustomerID = 'AMINA'")
    second = shop.move_in()

    assert [account(first, name)[-1] for name in ("product", "address", "order", "order_line")] == [1, 1, 1, 2]
    assert account(second, "product") == (4, 1, 0, 3, 0)
    assert account(second, "order") == (3, 1, 0, 2, 0)
    assert account(second, "order_line") == (5, 2, 0, 3, 0)
    assert second.status == Run.Status.SUCCEEDED
    assert Address.objects.get(source_key="AMINA").country == "FR"


def test_a_row_that_breaks_later_keeps_what_was_loaded_and_is_told(shop: CornerShop) -> None:
    shop.move_in()
    shop.sql("UPDATE Products SET UnitPrice = 'free' WHERE ProductID = 4")
    run = shop.move_in()

    assert reasons(run, "product") == [("4", "not_a_number", "UnitPrice", "free")]
    assert Product.objects.get(source_key="4").variants.get().price_minor == 325
    # Its lines refer to the product that the shop has.
    assert account(run, "order_line") == (5, 0, 0, 5, 0)
    assert run.report["differing"] == ["product count", "product price", "product stock"]
    assert run.report["kept"] == 1


def test_each_row_is_rejected_once(shop: CornerShop) -> None:
    for number in range(600, 650):
        shop.add_order(number, OrderDate="never", Freight="much", ShipCountry="Atlantis")
    run = shop.move_in()

    assert Rejection.objects.filter(run=run, entity="order").count() == 50
    assert account(run, "order") == (53, 3, 0, 0, 50)
