"""Tasks that run at the same moment, each in a thread with a database connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.fast.compiled import Compiled

# Many times what any of them takes; shorter than the time-out of a test, so that the message is seen.
SECONDS = 180
# The locks of all databases of the server are in one table, with those of other tests and of autovacuum's workers,
# which wait for minutes where a table is locked. So a test asks who waits for this session itself.
_BLOCKED_BY_ME = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""
_WAITED_FOR = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""
_WAITING = """
SELECT pid, datname, backend_type, pg_blocking_pids(pid), state, left(query, 200)
  FROM pg_stat_activity WHERE wait_event_type = 'Lock' OR datname = current_database()
"""
_here = threading.local()


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads with connections of their own, let go together; results or the errors they raised."""
    start, failed = threading.Barrier(len(tasks)), threading.Event()

    def run(task: Callable[[], Any]) -> Any:
        _here.failed = failed
        try:
            start.wait()
            return task()
        except Exception as error:  # noqa: BLE001  the test looks at it
            failed.set()
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def wait_until(condition: Callable[[], bool], *, seconds: float = SECONDS) -> None:
    """Wait for a condition; fail after so many seconds, or at once when a task beside this one has failed.

    The failure names the sessions of this database and all that wait for a lock.
    """
    end = time.monotonic() + seconds
    while not condition():
        beside = getattr(_here, "failed", None)
        assert beside is None or not beside.is_set(), "a task beside this one has failed"
        assert time.monotonic() < end, f"it never came to that; sessions: {_rows(_WAITING)}"
        time.sleep(0.01)


def blocks_someone() -> bool:
    """Whether another session waits for a lock that this session holds."""
    return bool(_rows(_BLOCKED_BY_ME)[0][0])


def table_is_waited_for(table: str) -> bool:
    """Whether a session of this database waits for a lock on the table."""
    return bool(_rows(_WAITED_FOR, table)[0][0])


def _rows(statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def without_lock(rows: QuerySet[Any] | Compiled[Any], **given: Any) -> list[Any]:
    """What lock_rows() reads, without the lock: to stand in its place where a guard is off."""
    return rows.rows(**given) if isinstance(rows, Compiled) else list(rows.order_by("id"))
