"""A run that is killed with SIGKILL, anywhere, is completed by the next: both end like one that nobody killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from core.db.advisory_locks import AdvisoryLock, advisory_lock
from etl.errors import RunInProgress
from etl.models import Run
from tests.etl.corner_shop import REPOSITORY, TABLES, CornerShop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SECONDS = 180
# Set by the clock, by chance or by the run's id.
UNLIKE = {"updated_at", "password", "date_joined", "event_id", "public_id", "reference", "first_run_id", "last_run_id"}
OWN_DATES = {"orders_order", "orders_orderline", "orders_ordertransition", "payments_payment"} | {
    "payments_paymenttransaction", "shipping_shipment",
}  # fmt: skip


def environment(tmp_path: Path) -> dict[str, str]:
    """A process of its own on this test's database, with files in a place of its own."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}"
    own = {"DATABASE_URL": url, "REDIS_URL": settings.CACHES["default"]["LOCATION"], "DATA_DIR": str(tmp_path)}
    return os.environ | own


@contextmanager
def second_session() -> Iterator[psycopg.Connection[Any]]:
    database = connection.settings_dict
    where = {"host": database["HOST"], "user": database["USER"], "dbname": database["NAME"]}
    with psycopg.connect(**where) as session:
        yield session
        session.rollback()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < end, "the run never came there"
        time.sleep(0.005)


def activity(condition: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND {condition}")
        return cursor.fetchone() is not None


# Autovacuum may wait for the table too.
WAITS = "wait_event_type = 'Lock' AND wait_event = 'relation' AND backend_type = 'client backend'"


@contextmanager
def started(shop: CornerShop, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "manage.py", "etl", "run", "northwind", "--source", str(shop.path)]
    with (tmp_path / "run.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment(tmp_path), stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(SECONDS)
        print((tmp_path / "run.log").read_text())  # pytest shows it when the test fails


def kill_when_blocked_by(table: str, shop: CornerShop, tmp_path: Path) -> None:
    """Hold a table, so that the run stops dead in the middle of writing to it, and kill it there."""
    with second_session() as session:
        session.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        with started(shop, tmp_path) as process:
            wait_for(lambda: activity(WAITS), process)
            process.kill()


def dump() -> dict[str, list[str]]:
    """Every row of the shop that was moved in, its ids replaced by what they stand for."""
    tables = {table: rows_of(table) for table in (*TABLES, "etl_keymap")}
    names = {
        row["id"]: f"{table} {row.get('source_key') or row.get('code')}" for table in TABLES for row in tables[table]
    }
    return {
        table: sorted(str({column: names.get(value, "a new id") if isinstance(value, UUID) else value
                           for column, value in row.items() if keeps(table, column)}) for row in rows)
        for table, rows in tables.items()
    }  # fmt: skip


def keeps(table: str, column: str) -> bool:
    if column == "id":
        return table not in {"shipping_shipmentline", "etl_keymap"}  # counted, not made
    return column not in UNLIKE and (column != "created_at" or table in OWN_DATES)


def rows_of(table: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def forget_everything() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, etl_run CASCADE")


def loaded_entities(run: Run) -> list[str]:
    return [one.entity for one in run.entities.all()]


@pytest.mark.parametrize(
    ("table", "stage", "loaded"),
    [
        ("etl_rejection", "loading customer", 0),
        ("accounts_address", "loading address", 1),
        # Writing categories marks their products as changed.
        ("catalog_product", "loading category", 2),
        ("catalog_variant", "loading product", 3),
        ("inventory_stockmove", "loading product", 3),
        ("orders_order", "loading order", 5),
        ("payments_paymenttransaction", "loading order", 5),
        ("catalog_productimage", "drawing placeholders", 7),
    ],
)
def test_a_killed_run_is_completed_by_the_next(
    shop: CornerShop, tmp_path: Path, table: str, stage: str, loaded: int
) -> None:
    shop.move_in()
    expected = dump()
    assert expected["orders_order"], "nothing to compare with"
    forget_everything()

    kill_when_blocked_by(table, shop, tmp_path)
    killed = Run.objects.get()
    assert (killed.status, killed.stage, len(loaded_entities(killed))) == (Run.Status.RUNNING, stage, loaded)
    assert dump() != expected
    completed = shop.move_in()

    assert dump() == expected
    assert completed.status == Run.Status.SUCCEEDED
    killed.refresh_from_db()
    assert killed.status == Run.Status.INTERRUPTED


def test_a_run_killed_while_it_reads_is_completed_by_the_next(shop: CornerShop, tmp_path: Path) -> None:
    shop.sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
        ' INSERT INTO "Order Details" SELECT -i, i, i, i, 0 FROM n'
    )
    with started(shop, tmp_path) as process:
        wait_for(lambda: activity("query LIKE 'COPY%order_details%' AND state = 'active'"), process)
        process.kill()
    assert (Run.objects.get().stage, dump()["catalog_category"]) == ("reading order_details", [])
    shop.sql('DELETE FROM "Order Details" WHERE OrderID < 0')
    shop.move_in()
    completed = dump()
    forget_everything()
    shop.move_in()

    assert completed == dump()


def test_a_terminated_run_says_that_it_was_interrupted(shop: CornerShop, tmp_path: Path) -> None:
    with second_session() as session:
        session.execute("LOCK TABLE orders_order IN EXCLUSIVE MODE")
        with started(shop, tmp_path) as process:
            wait_for(lambda: activity(WAITS), process)
            process.terminate()
            session.rollback()
            assert process.wait(SECONDS) == 128 + 15

    run = Run.objects.get()
    assert (run.status, run.stage) == (Run.Status.INTERRUPTED, "loading order")
    assert "order" not in loaded_entities(run)


def test_two_runs_of_one_source_do_not_meet(shop: CornerShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.services._WAIT_SECONDS", 0.0)
    with second_session() as session:
        session.execute("SELECT pg_advisory_lock(%s, hashtext('northwind'))", [int(AdvisoryLock.ETL_SOURCE)])
        with pytest.raises(RunInProgress, match="another run of northwind is going on"):
            shop.move_in()
        session.execute("SELECT pg_advisory_unlock_all()")
        assert shop.move_in().status == Run.Status.SUCCEEDED


def test_a_lock_is_given_back_whatever_happens() -> None:
    with pytest.raises(ValueError, match="oops"), advisory_lock(AdvisoryLock.ETL_SOURCE, "x"):
        raise ValueError("oops")

    assert not activity("pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')")
