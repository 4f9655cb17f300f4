"""Tasks that run at the same moment, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.compiled import Compiled


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads with connections of their own, let go together; results or the errors they raised."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return task()
        except Exception as error:  # noqa: BLE001  the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def without_lock(rows: QuerySet[Any] | Compiled[Any], **given: Any) -> list[Any]:
    """What lock_rows() reads, without the lock: to stand in its place where a guard is off."""
    return rows.rows(**given) if isinstance(rows, Compiled) else list(rows.order_by("id"))
