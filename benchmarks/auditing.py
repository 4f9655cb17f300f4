"""Writes with the audit's triggers on and off in turn, timed by the clock and by the work of the database's process."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.db import connection

from accounts.models import User
from audit.tracked import tracked_tables
from benchmarks.queries import sender
from benchmarks.scenarios import Shop, steps_of
from inventory.models import StockItem

COLUMNS = "{:<9} {:>8} {:>11} {:>11} {:>6} {:>13} {:>13} {:>6} {:>10}"
HEAD = ("what", "rows", "off, ms", "on, ms", "times", "off, worked", "on, worked", "times", "bytes/row")
_WRITTEN = (
    "id, created_at, updated_at, password, is_superuser, first_name, last_name, is_staff, is_active, date_joined, "
    "email, username"
)
_SOURCE = """
    CREATE UNLOGGED TABLE written AS
    SELECT uuidv7() AS id, now() AS created_at, now() AS updated_at, '' AS password, false AS is_superuser,
           'Nour' AS first_name, 'Haddad' AS last_name, false AS is_staff, true AS is_active, now() AS date_joined,
           'nour' || number || '@example.com' AS email, 'nour' || number AS username
      FROM generate_series(1, %s) AS number
"""
_INSERT = f"INSERT INTO accounts_user ({_WRITTEN}) SELECT {_WRITTEN} FROM written"  # noqa: S608  constants
_BLOCK = 10


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds by the clock, and those that the database's process worked."""

    clock: float
    worked: float


def _timed(work: Callable[[], object]) -> Took:
    connection.ensure_connection()
    ran = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    worked, clock = int(ran.read_text().split()[0]), time.perf_counter_ns()
    work()
    clock, worked = time.perf_counter_ns() - clock, int(ran.read_text().split()[0]) - worked
    return Took(clock / 1e6, worked / 1e6)


def _switch(*, on: bool) -> None:
    """Have the audit's triggers on all tables fire or not."""
    for tracked in tracked_tables().values():
        for operation in ("insert", "update", "delete"):
            _run(f"ALTER TABLE {tracked.table} {'ENABLE' if on else 'DISABLE'} TRIGGER audit_{operation}")


def _run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _one(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0] or 0)


def _report(what: str, rows: int, took: dict[bool, list[Took]], size: int | None = None) -> None:
    clock = {on: median(one.clock for one in took[on]) for on in took}
    worked = {on: median(one.worked for one in took[on]) for on in took}
    print(
        COLUMNS.format(
            what,
            f"{rows:,}",
            *(f"{clock[on]:,.1f}" for on in (False, True)),
            f"{clock[True] / clock[False]:.2f}",
            *(f"{worked[on]:,.1f}" for on in (False, True)),
            f"{worked[True] / worked[False]:.2f}",
            "" if size is None else size,
        ),
        flush=True,
    )


# --- What is written ------------------------------------------------------------------------------


def bulk(rows: int, runs: int) -> None:
    """Customers, as an import writes them. Their table has little else to do for a row, so the ratio is a high one."""
    _run("DROP TABLE IF EXISTS written")
    _run(_SOURCE, rows)
    content = _copied_out()
    works: dict[str, Callable[[], object]] = {
        "COPY": lambda: _copy_in(content),
        "INSERT": lambda: _run(_INSERT),
        "UPDATE": lambda: _run("UPDATE accounts_user SET last_name = 'Ben Salah'"),
        "DELETE": lambda: _run("DELETE FROM accounts_user"),
    }
    for what, work in works.items():
        took: dict[bool, list[Took]] = {False: [], True: []}
        size = 0
        for turn in range(2 * runs):
            on = bool(turn % 2)
            _switch(on=False)
            _run("TRUNCATE accounts_user, audit_change CASCADE")
            if what in {"UPDATE", "DELETE"}:
                _run(_INSERT)
            _switch(on=on)
            took[on].append(_timed(work))
            size = _one("SELECT pg_total_relation_size('audit_change')") // rows
            if _one("SELECT count(*) FROM audit_change") != rows * on:
                raise RuntimeError(f"{what} of {rows} rows was not recorded as it should be.")
        _report(what, rows, took, size)


def _copied_out() -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY written ({_WRITTEN}) TO STDOUT") as copy:
        return b"".join(copy)


def _copy_in(content: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY accounts_user ({_WRITTEN}) FROM STDIN") as copy:
        copy.write(content)


def single(writes: int) -> None:
    """One column of one row, saved by the ORM in a transaction of its own."""
    _run("TRUNCATE accounts_user, audit_change CASCADE")
    user = User.objects.create_user(username="nour", email="nour@example.com")

    def work() -> None:
        user.last_name = f"{random.random()}"
        user.save(update_fields=["last_name"])

    _report("save()", 1, _in_turn(work, writes))


def orders(checkouts: int) -> None:
    """Whole checkouts of guests through the API: the item, the start that holds it, the order; the client included."""
    call_command("sampledata", products=100, verbosity=0)
    StockItem.objects.update(on_hand=1_000_000)
    shop, seeds = Shop(), count()
    _report("checkout", 1, _in_turn(lambda: steps_of(shop.checkout, next(seeds), sender()), checkouts))


def _in_turn(work: Callable[[], object], least: int) -> dict[bool, list[Took]]:
    """Some with the triggers off, some with them on, and so forth: what slows the machine slows both."""
    took: dict[bool, list[Took]] = {False: [], True: []}
    for number in range(-(-least // _BLOCK) * 2):
        _switch(on=(on := bool(number % 2)))
        work()  # what plans are made again after the switch is not counted
        took[on] += [_timed(work) for _turn in range(_BLOCK)]
    return took
