"""Shops of other builds than Northwind, read with the mappings that come with this one."""

import sqlite3
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.core import mail

from accounts.models import User
from etl.mapping import load_mapping
from etl.models import Run
from etl.services import run_mapping
from notifications.models import Message
from orders.admin.dashboard import orders_to_ship
from orders.models import Order
from tests.etl.corner_shop import REPOSITORY
from tests.etl.dump import loaded
from tests.etl.test_integrity import broken

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DATA = REPOSITORY.parent / "shared" / "data"
CHINOOK = DATA / "chinook" / "Chinook_Sqlite.sqlite"
DMS = DATA / "seeds" / "dms" / "dms.sql"


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.is_file(), reason=f"This data is not beside the repository, at {path}")


def read(mapping: str, address: str, *, dry_run: bool = False) -> Run:
    return run_mapping(
        mapping=load_mapping(mapping), address=address, started_by="tests", dry_run=dry_run, say=lambda _t: None
    )


# A state of the source, and where its orders stand in the shop.
STANDING = {
    "pending": {("pending", "unpaid", "unfulfilled")},
    "paid": {("confirmed", "paid", "unfulfilled")},
    "shipped": {("processing", "paid", "shipped")},
    # Of two the source has no payment.
    "delivered": {("completed", "paid", "delivered"), ("processing", "unpaid", "delivered")},
    "cancelled": {("cancelled", "unpaid", "unfulfilled")},
    "refunded": {("cancelled", "refunded", "unfulfilled")},
}


@needs(CHINOOK)
def test_chinook_is_equal_invoice_by_invoice() -> None:
    with closing(sqlite3.connect(f"file:{CHINOOK}?mode=ro", uri=True)) as database:
        [(total,)] = database.execute("SELECT sum(round(Total * 100)) FROM Invoice").fetchall()
    report = read("chinook", str(CHINOOK), dry_run=True).report

    assert (report["rejected"], report["differing"], report["differing_values"]) == (0, [], 0)
    compared = {f"{one['entity']} {one['measure']}": one["target"] for one in report["comparisons"]}
    assert compared["order total"] == str(Decimal(int(total)).scaleb(-2))
    assert (compared["order count"], compared["order_line count"], compared["customer count"]) == ("412", "2240", "59")
    # One customer's address has letters that no address of the shop has: they and their seven invoices come without.
    assert report["emptied"] == 8


@needs(DMS)
def test_dms_moves_in_with_its_states_and_says_what_does_not_add_up() -> None:
    with loaded(DMS, "souk_test_dms") as address:
        run = read("dms", address)
        with psycopg.connect(address) as source:
            states = dict(source.execute("SELECT 'DMS-' || id, lower(btrim(status)) FROM orders").fetchall())

    orders = Order.objects.filter(source="dms")
    stands = {(states[one.number], (one.status, one.payment_status, one.fulfilment_status)) for one in orders}
    assert stands == {(state, standing) for state, found in STANDING.items() for standing in found}
    assert {states[order.number] for order in orders_to_ship()} == {"paid"}
    assert not [one.number for one in orders if one.due.minor < 0]
    # Eight whose own total is not that of their lines, and one without lines.
    assert Counter(one["measure"] for one in run.report["differing_rows"]) == {"total": 9}
    assert run.report["differing"] == ["order total"]
    assert User.objects.filter(source="dms", email=None).count() == 3
    assert Order.objects.filter(source="dms", customer=None).exists()
    assert (mail.outbox, Message.objects.count()) == ([], 0)
    assert broken() == {}
