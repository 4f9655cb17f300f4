"""Whatever a column holds, a row is loaded or rejected and the run goes on; a dry run says the same as the real one."""

import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog.models import Category, Product, Variant
from core.text.cleaning import visible
from core.text.codes import plain_code
from etl.models import Rejection, Run
from etl.report import render_report
from tests.etl.corner_shop import CornerShop, account, reasons
from tests.etl.test_integrity import broken
from tests.etl.told_shop import ToldShop
from tests.factories.catalog import VariantFactory

pytestmark = pytest.mark.django_db

NASTY: tuple[Any, ...] = (
    None, "", " ", "\u00a0", "\u2007\u202f\u3000", "\u200b", "\ufeff", "\u200f\u200e", "\u2066\u2069",
    "\u2800", "\u3164", "\u0301", "\u00a018\u00a0", "18\u00a0", "\ufeff7", "7\u200b", "\u200f12\u200f",
    "1\u202f234", "١٢٫٥", "१२", "12", "1.234,56", "1,5", "1e5", "1E-5", "1e999", "-1e999", "1e9999", "NaN",
    "Infinity", "-Infinity", "-0", "+3", ".5", "5.", "0x1F", "1_000", 10**18, -(10**18), 9.99e307, 0.1 + 0.2,
    -1, 0, "9" * 400, "9" * 401, "0000-00-00", "0000-00-00 00:00:00", "31/02/2024", "2024-02-31",
    "20240-01-01", "2024-1-1", "2024-01-01T24:00:00", "2024-01-01 24:00:01", "2024-01-01 10:00:60",
    "2024-01-01 10:00 Mars/Olympus", "2024-01-01T10:00:00+25:00", "2024-01-01T10:00:00+1530",
    "2024-01-01T10:00:00,5Z", "2024-01-01\u00a010:00", "٢٠٢٤-٠١-٠١", "2024-01-01 10:00:00 PM",
    "1999-12-31 23:59:59.9999999999", "2999-12-31T23:59:59-15:59", "infinity", "now", "today", "epoch",
    "J2451187", "1000-01-01", True, False, "yes", "NON", "ja", "on\u00a0", "TRUE ", "a\x00b", "\x00",
    "\x07bell", "tab\there", "two\nlines", "two\r\nlines", "next\u2028line", "\u202eright to left",
    "<b>&amp;</b>", "'; DROP TABLE x; --", "%s %(a)s {source} {{x}}", "\\", "\\x00", "E'\\n'", '"', "$$",
    "👩‍👩‍👧‍👦", "زعفران", "می\u200cخواهم", "ﬁ", "ｎｗ－１", "x" * 199, "x" * 201, "x" * 5000, "é" * 256,
    "\U0001f600" * 300, "a@example.com", "A@EXAMPLE.COM", "a@b", "a@exämple.com", b"\xff\xfe", b"", "France",
    "france\u00a0", "FR", "Atlantis", "complete\u00a0", "paid", "AMINA", "amina", "501", "1",
)  # fmt: skip
# Bytes that are no UTF-8, stored as text: they come as lone surrogates.
BROKEN = "CAST(x'4361FFFE' AS TEXT)"

ROWS: dict[str, dict[str, Any]] = {
    "Categories": {"CategoryID": "k", "CategoryName": "Sweets", "Description": "Sticky"},
    "Products": {
        "ProductID": "k", "ProductName": "Saj", "CategoryID": 1, "QuantityPerUnit": "1 bag", "UnitPrice": 5,
        "UnitsInStock": 3, "Discontinued": "0",
    },
    "Customers": {
        "CustomerID": "k", "CompanyName": "Dar", "ContactName": "A B", "Address": "1 rue", "City": "Paris",
        "Region": None, "PostalCode": "75001", "Country": "France", "Phone": "1", "Email": None, "Verified": None,
    },
    "Shippers": {"ShipperID": "k", "CompanyName": "k", "Phone": "1"},
    "Orders": {
        "OrderID": "k", "CustomerID": "KARIM", "OrderDate": "2020-01-01", "ShippedDate": None, "ShipVia": 1,
        "Freight": 1, "ShipName": "K",
        "ShipAddress": "9 Via", "ShipCity": "Milano", "ShipRegion": None, "ShipPostalCode": "2",
        "ShipCountry": "Italy", "Status": "paid", "PaidDate": None, "CancelledDate": None, "RefundedDate": None,
        "Refunded": None, "Email": None,
    },
    "Order Details": {"OrderID": "k", "ProductID": 1, "UnitPrice": 2, "Quantity": 1, "Discount": 0},
}  # fmt: skip
ORDER_OF_LINE = """
    INSERT INTO Orders (OrderID, CustomerID, OrderDate, Freight, ShipVia, ShipName, ShipAddress, ShipCity, ShipCountry,
                        Status)
    VALUES (?, 'KARIM', '2020-01-01', 1, 1, 'K', '9 Via', 'Milano', 'Italy', 'paid')
"""
TOLD = ("entity", "row", "source_key", "reason", "column", "value", "message")
ENTITIES = {
    "Categories": {"category"}, "Products": {"product"}, "Customers": {"customer", "address"},
    "Shippers": {"shipping_method"}, "Orders": {"order"}, "Order Details": {"order_line"},
}  # fmt: skip


def fill(path: Path, table: str, nasty: tuple[Any, ...]) -> int:
    """A row for each nasty value in each column, all else in it sound; returns how many."""
    count = 0
    with closing(sqlite3.connect(path)) as database, database:
        for column in ROWS[table]:
            for value in (*nasty, BROKEN):
                count += 1
                row = ROWS[table] | {name: f"k{count}" for name, word in ROWS[table].items() if word == "k"}
                if table == "Order Details":
                    database.execute(ORDER_OF_LINE, (row["OrderID"],))
                marks = ", ".join(BROKEN if value is BROKEN and name == column else "?" for name in row)
                given = [
                    value if name == column else word
                    for name, word in row.items()
                    if not (value is BROKEN and name == column)
                ]
                database.execute(f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({marks})', given)
    return count


def rejected(run: Run) -> set[tuple[Any, ...]]:
    return set(Rejection.objects.filter(run=run).values_list(*TOLD))


def both(shop: ToldShop) -> tuple[set[tuple[Any, ...]], Run, set[tuple[Any, ...]], Run]:
    """What a dry run rejects, asked before it is rolled back, and what the real one does."""
    dry: set[tuple[Any, ...]] = set()

    def listen(text: str) -> None:
        if text == "comparing":
            dry.update(Rejection.objects.values_list(*TOLD))

    dry_run = shop.move_in(dry_run=True, say=listen)
    real = shop.move_in()
    return dry, dry_run, rejected(real), real


@pytest.mark.slow
@pytest.mark.parametrize("table", list(ROWS))
def test_any_value_in_any_column_rejects_its_row_or_loads(tmp_path: Path, table: str) -> None:
    shop = ToldShop(tmp_path)
    count = fill(shop.path, table, NASTY)
    dry, dry_run, real, run = both(shop)

    assert dry == real
    assert dry_run.report["accounts"] == run.report["accounts"]
    for one in run.report["accounts"]:
        assert one["read"] == one["inserted"] + one["updated"] + one["unchanged"] + one["rejected"]
    read = max(one["read"] for one in run.report["accounts"] if one["entity"] in ENTITIES[table])
    assert read >= count
    assert run.report["differing_values"] == 0
    assert broken() == {}
    assert render_report(run)
    again = shop.move_in()
    assert {(one.entity, one.read - one.rejected) for one in again.entities.all()} == {
        (one.entity, one.unchanged) for one in again.entities.all()
    }
    assert {one[:2] for one in rejected(again)} == {one[:2] for one in real}


@pytest.mark.slow
@pytest.mark.parametrize("table", ["Products", "Orders"])
def test_text_of_megabytes_ends_no_run(tmp_path: Path, table: str) -> None:
    shop = ToldShop(tmp_path)
    fill(shop.path, table, ("é " * 5_000_000,) if table == "Products" else ("x" * 1_000_000,))
    dry, _dry_run, real, run = both(shop)

    assert dry == real
    assert run.finished_at is not None


@pytest.mark.parametrize("blank", list("\u00a0\u2007\u202f\u3000\u200b\ufeff\u200f\u2069\u2028"))
def test_blanks_of_any_script_count_as_none(shop: CornerShop, blank: str) -> None:
    shop.sql("UPDATE Customers SET Country = ? WHERE CustomerID = 'AMINA'", f"France{blank}")
    shop.sql("UPDATE Orders SET CustomerID = ? || CustomerID, OrderDate = OrderDate || ?", blank, blank)
    shop.sql("UPDATE Products SET UnitPrice = ?, CategoryID = ? WHERE ProductID = 1", f"18{blank}", f"1{blank}")
    shop.add_product(7, ProductName=blank)
    run = shop.move_in()

    assert reasons(run, "product") == [("7", "missing", "ProductName", None)]
    assert sum(one.rejected for one in run.entities.all()) == 1
    assert Variant.objects.get(source_key="1").price_minor == 1800


def test_blanks_that_a_mapping_makes_are_taken_off_too(tmp_path: Path) -> None:
    shop = ToldShop(tmp_path)
    shop.columns("product")["price"] = {"sql": "UnitPrice || E'\\u00a0'", "label": "UnitPrice"}
    shop.columns("category")["name"] = "E'\\u200b' || CategoryName || E'\\ufeff'"
    run = shop.move_in()

    assert account(run, "product") == (4, 4, 0, 0, 0)
    assert Category.objects.get(source="told", source_key="1").name == "Soaps"


def test_keys_that_differ_in_blanks_are_one(shop: CornerShop) -> None:
    shop.add_product("1\u00a0", ProductName="Again")  # type: ignore[arg-type]

    assert reasons(shop.move_in(), "product") == [("1", "duplicate_key", "ProductID", "1")]


def test_characters_that_nobody_sees_are_in_no_name_and_line_breaks_in_no_line(shop: CornerShop) -> None:
    shop.sql("UPDATE Products SET ProductName = 'Sa\u200bffron' WHERE ProductID = 3")
    shop.sql("UPDATE Orders SET ShipAddress = '3 rue' || char(13, 10) || 'Bcc: x@example.com' WHERE OrderID = 501")
    shop.sql("UPDATE Categories SET Description = 'one' || char(10) || 'two' WHERE CategoryID = 1")
    run = shop.move_in()

    assert run.status == Run.Status.SUCCEEDED
    assert Product.objects.get(source_key="3").name == "Saffron"
    assert run.report["rejected"] == 0
    assert Category.objects.get(source_key="1", source="northwind").description_en == "one\ntwo"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (r"number(E'18\u00a0')", "18"), (r"number(E'\ufeff18')", "18"), (r"number('١٢')", "None"),
        (r"number(E'1\u00a0234')", "None"), (r"yes(E'\u200bYes\u3000')", "True"),
        (r"moment('٢٠٢٤-٠١-٠١', 'UTC')", "None"),
        (r"moment(E'2024-01-01\u00a0', 'UTC')", "2024-01-01 00:00:00+00:00"),
        (r"email(E'\u00a0A@Example.com\u200b')", "a@example.com"),
        (r"line(E'a\nb\u2028c')", "a b c"), (r"trimmed(E'\u00a0\u200b\ufeff')", "None"),
    ],
)  # fmt: skip
def test_what_mappings_read_text_with_knows_blanks_of_any_script(expression: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT etl_staging.{expression}")
        assert str(cursor.fetchone()[0]) == value


@pytest.mark.parametrize("sku", ["nw-1", "ＮＷ－１", "NW\u2011" + "1", "nW-١"])
def test_a_sku_that_the_shop_has_in_another_writing_is_taken(tmp_path: Path, sku: str) -> None:
    shop = ToldShop(tmp_path)
    VariantFactory(sku="NW-1")
    shop.columns("product")["sku"] = {"sql": "QuantityPerUnit", "label": "QuantityPerUnit"}
    shop.sql("UPDATE Products SET QuantityPerUnit = 'P-' || ProductID")
    shop.add_product(7, QuantityPerUnit=sku)
    shop.add_product(8, QuantityPerUnit="p-1")

    assert [(key, reason) for key, reason, *_ in reasons(shop.move_in(), "product")] == [
        ("7", "taken"), ("8", "not_unique"),
    ]  # fmt: skip


@pytest.mark.parametrize("sku", ["AB-1", " ａb－１ ", "A\u00a0 B", "\u200bX\u2010Y\ufeff", "١٢-۳", "Straße-1"])
def test_a_source_reads_skus_as_the_shop_does(sku: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT etl_staging.sku(%s)", [sku])
        assert cursor.fetchone() == (plain_code(sku),)


def test_a_source_reads_gtins_as_the_shop_does_and_tells_of_each_that_is_none(tmp_path: Path) -> None:
    shop = ToldShop(tmp_path)
    VariantFactory(gtin="40170725")
    shop.columns("product")["gtin"] = {"sql": "QuantityPerUnit", "label": "QuantityPerUnit"}
    shop.sql("UPDATE Products SET QuantityPerUnit = NULL")
    for number, gtin in enumerate(
        ("4 006381-333931", "٠١٢٣٤٥٦٧٨٩٠٥", "4006381333932", "04006381333931", "4017-0725"), 7
    ):
        shop.add_product(number, QuantityPerUnit=gtin)

    run = shop.move_in()
    assert [(key, reason) for key, reason, *_ in reasons(run, "product")] == [
        ("9", "invalid_gtin"), ("10", "not_unique"), ("11", "taken"),
    ]  # fmt: skip
    moved_in = Variant.objects.filter(source_key__in=["1", "7", "8"]).order_by("source_key")
    assert list(moved_in.values_list("gtin", flat=True)) == [None, "4006381333931", "012345678905"]


def test_a_source_without_gtins_leaves_the_one_that_staff_has_added(tmp_path: Path) -> None:
    shop = ToldShop(tmp_path)
    shop.move_in()
    Variant.objects.filter(source_key="1").update(gtin="4006381333931")
    shop.sql("UPDATE Products SET UnitPrice = UnitPrice + 1")
    shop.move_in()
    assert Variant.objects.get(source_key="1").gtin == "4006381333931"


def test_sql_trims_what_python_takes_off() -> None:
    characters = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000]
    blanks = [char for char in characters if char.isspace() or unicodedata.category(char) in {"Zs", "Zl", "Zp", "Cf"}]
    blanks = [char for char in blanks if not visible(char).strip()]
    query = "SELECT count(*) FROM unnest(%s::text[]) AS blank WHERE etl_staging.trimmed(blank) IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(query, [blanks])
        assert cursor.fetchone() == (0,)
    assert len(blanks) > 50


def test_a_sources_words_are_told_apart_by_what_shows(tmp_path: Path) -> None:
    shop = ToldShop(tmp_path)
    shop.sql("UPDATE Orders SET Status = 'Complete' || char(160) || char(8203) WHERE OrderID = 501")
    shop.move_in()

    run = shop.move_in()
    assert account(run, "order") == (3, 0, 0, 3, 0)
