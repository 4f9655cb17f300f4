"""Sources as they are found: values that break drivers, rows that wander between runs, addresses mistyped."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection

from etl.mapping import FOLDER, load_mapping
from etl.models import Run
from etl.services import run_mapping
from etl.staging import as_text
from etl.stream import Stream
from inventory.models import StockItem
from orders.models import Order, OrderLine
from tests.etl.corner_shop import CornerShop, account, reasons
from tests.etl.test_command import etl
from tests.etl.test_source import own_postgresql, rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:pa@hush@127.0.0.1:1/x",
        "postgresql://u:hush/x",
        "postgresql://u:p#a/hush@127.0.0.1:1/x",
        "postgresql://u@127.0.0.1:1/x?password=hush",
        "mysql+nodriver://u:pa@hush@host/x",
    ],
)
def test_a_mistyped_address_shows_nothing_of_its_password(address: str) -> None:
    code, output = etl("run", "northwind", "--source", address)

    assert code == 2
    assert "hush" not in output
    assert not Run.objects.exists()


def changed_northwind(path: Path, change: Any) -> Path:
    document = yaml.safe_load((FOLDER / "northwind.yaml").read_text())
    change(document)
    path.write_text(yaml.safe_dump(document))
    return path


def move_in_by(path: Path, shop: CornerShop) -> Run:
    return run_mapping(mapping=load_mapping(str(path)), address=str(shop.path), started_by="tests", say=lambda _t: None)


def test_dates_that_python_cannot_hold_are_read_as_text() -> None:
    query = "SELECT 'infinity'::timestamp AS a, '0044-03-15 BC'::date AS b, '12345-01-01'::timestamptz AS c"
    stream = Stream(name="dates", query=query, columns=("a", "b", "c"))

    [row] = rows(own_postgresql(), stream)
    assert [as_text(value) for value in row] == ["infinity", "0044-03-15 BC", "12345-01-01 00:00:00+00"]


def test_columns_are_found_without_regard_to_case() -> None:
    stream = Stream(name="one", query="SELECT 1 AS orderid", columns=("OrderID",))

    assert [tuple(row) for row in rows(own_postgresql(), stream)] == [(1,)]


def test_a_row_unreadable_in_many_columns_is_rejected_like_any_other(shop: CornerShop) -> None:
    texts = ("CustomerID", "OrderDate", "ShippedDate", "ShipVia", "Freight", "ShipName", "ShipAddress", "ShipCity")
    more = ("ShipRegion", "ShipPostalCode", "ShipCountry")
    broken = ", ".join(f"{column} = CAST(x'FF' AS TEXT)" for column in texts + more)
    shop.sql(f"UPDATE Orders SET {broken} WHERE OrderID = 501")
    run = shop.move_in()

    assert account(run, "order") == (3, 2, 0, 0, 1)


def test_a_number_of_forty_digits_does_not_blur_the_comparison(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice="1e40")
    run = shop.move_in()

    assert reasons(run, "product") == [("7", "too_large", "UnitPrice", "1e40")]
    assert run.report["differing"] == []


def test_stock_that_moved_to_another_place_is_not_there_twice(shop: CornerShop, tmp_path: Path) -> None:
    move_in_by(changed_northwind(tmp_path / "moving.yaml", lambda _d: None), shop)
    StockItem.objects.filter(variant__sku="NW-1").update(reserved=2)

    def moved(document: Any) -> None:
        document["entities"]["product"]["columns"]["location"] = "'elsewhere'"

    run = move_in_by(changed_northwind(tmp_path / "moving.yaml", moved), shop)
    held = StockItem.objects.filter(variant__sku="NW-1").values_list("location__code", "on_hand")
    assert sorted(held) == [("elsewhere", 38), ("northwind", 2)]
    assert run.report["differing"] == []
    assert account(run, "product") == (4, 0, 4, 0, 0)


def with_line_numbers(document: Any) -> None:
    document["streams"]["order_details"]["columns"].append("LineID")
    document["entities"]["order_line"]["key"] = "LineID"


@pytest.fixture
def numbered(shop: CornerShop, tmp_path: Path) -> tuple[CornerShop, Path]:
    """Lines with a key of their own, which they keep when they change their order."""
    shop.sql('ALTER TABLE "Order Details" ADD COLUMN LineID')
    shop.sql('UPDATE "Order Details" SET LineID = rowid')
    return shop, changed_northwind(tmp_path / "numbered.yaml", with_line_numbers)


def totals_add_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return all(
        order.total_minor - order.shipping_minor == sum(line.total_minor for line in order.lines.all())
        for order in Order.objects.all()
    )


def test_a_line_may_change_its_order(numbered: tuple[CornerShop, Path]) -> None:
    shop, mapping = numbered
    move_in_by(mapping, shop)
    shop.sql('UPDATE "Order Details" SET OrderID = 503 WHERE LineID = 1')
    shop.add_line(503, 2, LineID=77)
    run = move_in_by(mapping, shop)

    assert run.status == Run.Status.SUCCEEDED
    assert totals_add_up()
    assert OrderLine.objects.filter(order__number="503").count() == 3


@pytest.mark.parametrize(
    "change", ["UPDATE Orders SET OrderDate = 'no date' WHERE OrderID = 501", "DELETE FROM Orders WHERE OrderID = 501"]
)
def test_a_line_cannot_leave_an_order_that_stays_as_it_was(numbered: tuple[CornerShop, Path], change: str) -> None:
    shop, mapping = numbered
    move_in_by(mapping, shop)
    shop.sql('UPDATE "Order Details" SET OrderID = 503 WHERE LineID = 1')
    shop.sql(change)
    run = move_in_by(mapping, shop)

    assert ("503", "line_rejected", "order_line", "1") in reasons(run, "order")
    assert totals_add_up()


def test_an_address_may_change_its_customer(shop: CornerShop, tmp_path: Path) -> None:
    def own_key(document: Any) -> None:
        document["streams"]["customers"]["columns"].append("Fax")
        document["entities"]["address"]["key"] = "Phone"
        document["entities"]["address"]["columns"]["customer"] = "Fax"

    mapping = changed_northwind(tmp_path / "wandering.yaml", own_key)
    shop.sql("UPDATE Customers SET Fax = CustomerID")
    move_in_by(mapping, shop)
    shop.sql("UPDATE Customers SET Fax = 'KARIM' WHERE CustomerID = 'AMINA'")
    run = move_in_by(mapping, shop)

    assert run.status == Run.Status.SUCCEEDED


def test_a_free_order_without_lines_moves_in(shop: CornerShop) -> None:
    shop.add_order(600, Freight=0, ShippedDate="2020-01-02")
    run = shop.move_in()

    assert run.status == Run.Status.SUCCEEDED


@pytest.mark.parametrize("expression", ["UnitsInStock", "UnitsInStock::numeric"])
def test_a_total_that_meets_a_word_is_blamed_on_the_mapping(shop: CornerShop, tmp_path: Path, expression: str) -> None:
    shop.add_product(7, UnitsInStock="many")

    def cast(document: Any) -> None:
        document["entities"]["product"]["totals"]["stock"] = expression

    path = changed_northwind(tmp_path / "casting.yaml", cast)
    code, output = etl("run", str(path), "--source", str(shop.path))
    assert code == 2
    assert output.startswith("entities.product")


def test_a_total_of_a_plain_column_is_summed(shop: CornerShop, tmp_path: Path) -> None:
    def plain(document: Any) -> None:
        document["entities"]["product"]["totals"]["stock"] = "UnitsInStock"

    run = move_in_by(changed_northwind(tmp_path / "plain.yaml", plain), shop)
    assert run.status == Run.Status.SUCCEEDED


def test_an_order_whose_lines_add_up_to_more_than_fits_is_rejected(shop: CornerShop) -> None:
    shop.add_order(600)
    for product in range(100, 200):
        shop.add_product(product)
        shop.add_line(600, product, UnitPrice=10**10, Quantity=100_000)
    run = shop.move_in()

    assert reasons(run, "order") == [("600", "too_large", "total", "100000000000000000")]
    assert account(run, "order_line") == (105, 5, 0, 0, 100)


def test_a_condition_may_end_in_a_comment(shop: CornerShop, tmp_path: Path) -> None:
    def remark(document: Any) -> None:
        document["entities"]["address"]["where"] += " -- some have none"

    assert move_in_by(changed_northwind(tmp_path / "remark.yaml", remark), shop).status == Run.Status.SUCCEEDED


def test_empty_tables_move_in_as_nothing(shop: CornerShop) -> None:
    for table in ("Categories", "Products", "Customers", "Shippers", "Orders", "Order Details"):
        shop.sql(f'DELETE FROM "{table}"')
    run = shop.move_in()

    assert run.status == Run.Status.SUCCEEDED


def test_a_rejected_row_takes_no_number_away_from_a_sound_one(shop: CornerShop, tmp_path: Path) -> None:
    def shared(document: Any) -> None:
        document["entities"]["order"]["columns"]["number"] = {"sql": "ShipName", "label": "ShipName"}

    shop.sql("UPDATE Orders SET ShipName = OrderID")
    shop.sql("UPDATE Orders SET ShipName = 'A-1', CustomerID = 'NOBODY' WHERE OrderID = 501")
    shop.sql("UPDATE Orders SET ShipName = 'A-1' WHERE OrderID = 502")
    run = move_in_by(changed_northwind(tmp_path / "sharing.yaml", shared), shop)

    assert reasons(run, "order") == [("501", "unknown_reference", "CustomerID", "NOBODY")]
