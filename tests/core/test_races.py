"""The helpers of the race tests: who waits for whom is told apart from all else that waits on the same server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from tests.races import at_once, blocks_someone, table_is_waited_for, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def session(database: str) -> psycopg.Connection:
    own = connection.settings_dict
    return psycopg.connect(host=own["HOST"], port=own["PORT"], user=own["USER"], dbname=database, autocommit=True)


@contextmanager
def stranger_waiting(statement: str, *, database: str = "postgres") -> Iterator[None]:
    """A session that waits for another until the block ends, in a database of the same server."""
    with session(database) as holder, session(database) as waiter:
        holder.execute("BEGIN")
        waiter.execute("BEGIN")
        holder.execute(statement)
        thread = threading.Thread(target=lambda: waiter.execute(statement))
        thread.start()
        pids = [waiter.info.backend_pid]
        wait_until(lambda: waits(pids))
        try:
            yield
        finally:
            holder.execute("ROLLBACK")
            thread.join()


def waits(pids: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = ANY (%s)", [pids])
        return bool(cursor.fetchone()[0])


def test_strangers_who_wait_for_each_other_do_not_wait_for_this_session() -> None:
    with stranger_waiting("SELECT pg_advisory_xact_lock(7071)"):
        assert not blocks_someone()


def test_a_table_of_another_database_is_not_the_one_that_is_waited_for() -> None:
    with stranger_waiting("LOCK TABLE pg_largeobject IN ACCESS EXCLUSIVE MODE"):
        assert not table_is_waited_for("pg_largeobject")


def test_who_waits_for_this_session_is_seen_beside_strangers() -> None:
    statement, held = "LOCK TABLE catalog_product IN EXCLUSIVE MODE", threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            held.set()
            wait_until(lambda: blocks_someone() and table_is_waited_for("catalog_product"))

    def wait() -> None:
        assert held.wait(60)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    with stranger_waiting("SELECT pg_advisory_xact_lock(7071)"):
        assert at_once(hold, wait) == [None, None]


def test_nobody_goes_on_waiting_for_a_task_that_has_failed() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    failure, waiting = at_once(fail, lambda: wait_until(lambda: False))
    assert isinstance(failure, ZeroDivisionError)
    assert "beside this one has failed" in str(waiting)


def test_what_never_comes_is_told_with_the_sessions_that_are_there() -> None:
    with pytest.raises(AssertionError, match=f"sessions: .*{connection.settings_dict['NAME']}', 'client backend'"):
        wait_until(lambda: False, seconds=0)
