"""Northwind itself, to the cent against sums that Python makes of the file; and a broken copy of it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, F, Sum

from catalog.models import Product
from etl.models import Run
from orders.models import Order, OrderLine
from payments.models import PaymentTransaction
from tests.etl.corner_shop import NORTHWIND, account, move_in, needs_northwind, reasons

pytestmark = [needs_northwind, pytest.mark.django_db, pytest.mark.slow]


def ask(path: Path, query: str) -> Iterator[Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        yield from database.execute(query).fetchall()


def cents(path: Path, where: str = "true") -> int:
    """What the lines come to, each rounded half-up, counted in Python's decimals."""
    lines = ask(path, f'SELECT UnitPrice, Quantity, Discount FROM "Order Details" WHERE {where}')
    amounts = (Decimal(str(price)) * quantity * (1 - Decimal(str(discount))) for price, quantity, discount in lines)
    return sum(int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP)) for amount in amounts)


def minor(path: Path, query: str) -> int:
    return sum(int(Decimal(str(value)) * 100) for (value,) in ask(path, query))


def test_northwind_moves_in_to_the_cent() -> None:
    run = move_in(NORTHWIND)

    assert run.status == Run.Status.SUCCEEDED
    assert [one.inserted for one in run.entities.all()] == [93, 91, 8, 77, 3, 830, 2155]
    sums = Order.objects.aggregate(total=Sum("total_minor"), shipping=Sum("shipping_minor"))
    freight = minor(NORTHWIND, "SELECT Freight FROM Orders")
    assert sums == {"total": cents(NORTHWIND) + freight, "shipping": freight}
    assert Product.objects.aggregate(sum=Sum("variants__price_minor"))["sum"] == minor(
        NORTHWIND, "SELECT UnitPrice FROM Products"
    )
    paid = cents(NORTHWIND, "OrderID IN (SELECT OrderID FROM Orders WHERE ShippedDate IS NOT NULL)")
    paid += minor(NORTHWIND, "SELECT Freight FROM Orders WHERE ShippedDate IS NOT NULL")
    assert PaymentTransaction.objects.aggregate(sum=Sum("amount_minor"))["sum"] == paid

    states = {(one["status"], one["payment_status"]): one["n"] for one in Order.objects.order_by().values(
        "status", "payment_status").annotate(n=Count("id"))}  # fmt: skip
    assert states == {("completed", "paid"): 809, ("confirmed", "unpaid"): 21}
    lines = OrderLine.objects.values("order").annotate(sum=Sum("total_minor"))
    assert not lines.exclude(sum=F("order__total_minor") - F("order__shipping_minor")).exists()

    again = move_in(NORTHWIND)
    assert again.status == Run.Status.SUCCEEDED
    assert all(one.unchanged == one.read for one in again.entities.all())


def test_a_broken_northwind_loads_but_for_its_broken_rows(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    shutil.copyfile(NORTHWIND, path)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript("""
            PRAGMA ignore_check_constraints = ON;
            PRAGMA legacy_alter_table = ON;  -- views refer to the table that is replaced
            UPDATE Products SET UnitPrice = -18 WHERE ProductID = 1;
            UPDATE Products SET CategoryID = 99 WHERE ProductID = 2;
            UPDATE Customers SET CompanyName = NULL WHERE CustomerID = 'ALFKI';
            UPDATE Customers SET Country = 'Ruritania' WHERE CustomerID = 'ANATR';
            UPDATE Orders SET OrderDate = '1996-02-30' WHERE OrderID = 10250;
            UPDATE Orders SET Freight = 'a lot' WHERE OrderID = 10252;
            UPDATE "Order Details" SET Quantity = 'many' WHERE OrderID = 10249 AND ProductID = 14;
            CREATE TABLE Twins AS SELECT * FROM Shippers;
            INSERT INTO Twins SELECT * FROM Shippers WHERE ShipperID = 3;
            DROP TABLE Shippers;
            ALTER TABLE Twins RENAME TO Shippers;
        """)
    run = move_in(path)

    assert run.status == Run.Status.DIFFERS
    assert reasons(run, "product") == [
        ("1", "too_small", "UnitPrice", "-18"),
        ("2", "unknown_reference", "CategoryID", "99"),
    ]
    assert reasons(run, "customer") == [("ALFKI", "missing", "CompanyName", None)]
    assert reasons(run, "shipping_method") == [("3", "duplicate_key", "ShipperID", "3")]
    of_orders = {key: reason for key, reason, *_ in reasons(run, "order")}
    assert (of_orders["10250"], of_orders["10252"], of_orders["10249"]) == (
        "bad_date", "not_a_number", "line_rejected",
    )  # fmt: skip
    [(hit,)] = ask(path, """
        SELECT count(*) FROM Orders WHERE OrderID IN (10249, 10250, 10252) OR CustomerID = 'ALFKI'
            OR OrderID IN (SELECT OrderID FROM "Order Details" WHERE ProductID IN (1, 2))
    """)  # fmt: skip
    assert account(run, "order") == (830, 830 - hit, 0, 0, hit)
    assert all(one["difference"].strip("0.") == "" for one in run.report["comparisons"])

    mended = move_in(NORTHWIND)
    assert account(mended, "order") == (830, hit, 0, 830 - hit, 0)
    assert mended.status == Run.Status.SUCCEEDED
    assert Order.objects.aggregate(sum=Sum("total_minor"))["sum"] == 133_073_598
