"""A small shop in SQLite whose tables are shaped like Northwind's, but hold rows of our own and no constraints."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from etl.mapping import load_mapping
from etl.models import Rejection, Run
from etl.services import run_mapping

REPOSITORY = Path(__file__).resolve().parents[2]
NORTHWIND = REPOSITORY.parent / "shared" / "data" / "northwind" / "northwind_sqlite" / "northwind.db"
needs_northwind = pytest.mark.skipif(
    not NORTHWIND.is_file(), reason=f"Northwind's data is not beside the repository, at {NORTHWIND}"
)

# Where rows of the shop that were moved in are found.
TABLES = (
    "accounts_user", "accounts_address", "catalog_category", "catalog_product", "catalog_variant",
    "catalog_productimage", "inventory_location", "inventory_stockitem", "inventory_stockmove", "orders_order",
    "orders_orderline", "orders_orderadjustment", "orders_ordertransition", "payments_payment",
    "payments_paymenttransaction", "shipping_shippingmethod", "shipping_shipment", "shipping_shipmentline",
)  # fmt: skip

_TABLES = """
CREATE TABLE Categories (CategoryID, CategoryName, Description, Picture BLOB);
CREATE TABLE Products (ProductID, ProductName, SupplierID, CategoryID, QuantityPerUnit, UnitPrice, UnitsInStock,
                       UnitsOnOrder, ReorderLevel, Discontinued);
CREATE TABLE Customers (CustomerID, CompanyName, ContactName, ContactTitle, Address, City, Region, PostalCode,
                        Country, Phone, Fax);
CREATE TABLE Shippers (ShipperID, CompanyName, Phone);
CREATE TABLE Orders (OrderID, CustomerID, EmployeeID, OrderDate, RequiredDate, ShippedDate, ShipVia, Freight,
                     ShipName, ShipAddress, ShipCity, ShipRegion, ShipPostalCode, ShipCountry);
CREATE TABLE "Order Details" (OrderID, ProductID, UnitPrice, Quantity, Discount);
"""

# Names of products begin alike, so that one drawing does for a category.
_ROWS: dict[str, list[tuple[Any, ...]]] = {
    "Categories": [(1, "Soaps", "For hands and face", b"\x00\x01"), (2, "Spices", None, None)],
    "Products": [
        (1, "Savon d'Alep", 1, 1, "6 bars", 8.5, 40, 0, 0, "0"),
        (2, "Savon noir", 1, 1, "1 jar", 12, 15, 0, 0, "0"),
        (3, "Saffron", 1, 2, "1 g", 9.99, 0, 0, 0, "0"),
        (4, "Sumac", 1, 2, "100 g", 3.25, 70, 0, 0, "1"),
    ],
    "Customers": [
        ("AMINA", "Dar Amina", "Amina Ben Salah", None, "3 rue du Souk", "Paris", None, "75011", "France", "1", None),
        ("KARIM", "Hotel Karim", "Karim Haddad", "Buyer", "9 Via Roma", "Milano", "MI", "20121", "Italy", "2", None),
        ("SALMA", "Salma & Co", "Salma", None, None, None, None, None, None, None, None),
    ],
    "Shippers": [(1, "Swift Camel", "(71) 555-0101"), (2, "Sea Road", None)],
    "Orders": [
        (501, "AMINA", 1, "2019-03-01 00:00:00.000", None, "2019-03-05 00:00:00.000", 1, 7.4,
         "Dar Amina", "3 rue du Souk", "Paris", None, "75011", "France"),
        (502, "KARIM", 1, "2019-03-02 00:00:00.000", None, "2019-03-09 00:00:00.000", 2, 0,
         "Hotel Karim", "9 Via Roma", "Milano", "MI", "20121", "Italy"),
        (503, "AMINA", 1, "2019-03-03 00:00:00.000", None, None, 1, 12.05,
         "Dar Amina", "3 rue du Souk", "Paris", None, "75011", "France"),
    ],
    "Order Details": [
        (501, 1, 8.5, 3, 0.0),  # 25.50
        (501, 3, 9.99, 2, 0.15),  # 16.983, so 16.98
        (502, 2, 11.1, 5, 0.05),  # 52.725, so 52.73 half-up
        (502, 4, 3.25, 10, 0.0),  # 32.50
        (503, 1, 8.5, 1, 0.25),  # 6.375, so 6.38 half-up
    ],
}  # fmt: skip


class CornerShop:
    """The file, and ways to change it as its owner would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(_TABLES)
            for table, rows in _ROWS.items():
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)

    def sql(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def add_product(self, number: int, **columns: Any) -> None:
        product = {"ProductID": number, "ProductName": f"Saj {number}", "CategoryID": 1, "UnitPrice": 5}
        self._insert("Products", product | {"UnitsInStock": 1, "Discontinued": "0"} | columns)

    def add_order(self, number: int, **columns: Any) -> None:
        order = {"OrderID": number, "CustomerID": "KARIM", "OrderDate": "2020-01-01", "Freight": 1, "ShipVia": 1}
        place = {"ShipName": "K", "ShipAddress": "9 Via Roma", "ShipCity": "Milano", "ShipCountry": "Italy"}
        self._insert("Orders", order | place | columns)

    def add_line(self, order: int, product: Any, **columns: Any) -> None:
        line = {"OrderID": order, "ProductID": product, "UnitPrice": 2, "Quantity": 1, "Discount": 0}
        self._insert("Order Details", line | columns)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        marks = ", ".join("?" * len(row))
        self.sql(f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({marks})', *row.values())

    def move_in(self) -> Run:
        return move_in(self.path)


def move_in(path: Path, *, say: Callable[[str], None] = lambda _text: None, dry_run: bool = False) -> Run:
    mapping = load_mapping("northwind")
    return run_mapping(mapping=mapping, address=str(path), started_by="tests", dry_run=dry_run, say=say)


def account(run: Run, entity: str) -> tuple[int, int, int, int, int]:
    """read, inserted, updated, unchanged, rejected"""
    one = run.entities.get(entity=entity)
    return one.read, one.inserted, one.updated, one.unchanged, one.rejected


def reasons(run: Run, entity: str) -> list[tuple[str | None, str, str, str | None]]:
    """(key, reason, column, value) of the rejected rows of an entity, in the order of the source."""
    found = Rejection.objects.filter(run=run, entity=entity).order_by("row")
    return [(one.source_key, one.reason, one.column, one.value) for one in found]
