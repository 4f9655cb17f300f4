"""Advisory locks of PostgreSQL, numbered here so that no two uses share a number by accident."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection

from core.db.locking import require_transaction

_RETRY_SECONDS = 0.2


class AdvisoryLock(IntEnum):
    """What is locked; the numbers stay for ever, for an old and a new release may run side by side."""

    ETL_SOURCE = 1  # one move at a time out of a source; the key is the source's name
    STORED_FILE = 2  # one writer of a file at a time; the key is the file's name
    PICTURE_SIZES = 3  # one sweep at a time over the pictures without sizes
    PRODUCT_ROWS = 4  # one call at a time that writes many products; without a key
    OUTBOX_RELAY = 5  # one relay at a time; without a key
    SEARCH_ROWS = 6  # one at a time takes the marks of products whose words changed; without a key
    SAMPLE_BATCH = 7  # the batch before is waited for; the key is the number of a batch
    TAX_AREAS = 8  # one at a time gives areas to tax zones; without a key
    SHOP_SETTINGS = 9  # one at a time writes settings of the shop, which have no row before they are set; without a key


class LockTaken(Exception):
    """Another session holds the lock."""


@contextmanager
def advisory_lock(lock: AdvisoryLock, key: str, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold a lock of this database session, across transactions, until the block ends or the session dies.

    Raises LockTaken if another session still has it after `wait_seconds`. Needs a direct connection or a pool that
    keeps sessions: a transaction pooler would hand the lock to a stranger.
    """
    deadline = time.monotonic() + wait_seconds
    while not _call("pg_try_advisory_lock", lock, key):
        if time.monotonic() >= deadline:
            raise LockTaken(f"{lock.name} {key}")
        time.sleep(_RETRY_SECONDS)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            _call("pg_advisory_unlock", lock, key)


def lock_until_commit(lock: AdvisoryLock, key: str = "") -> None:
    """Wait for a lock and hold it until the transaction ends. Needs a transaction, and works through any pooler."""
    require_transaction()
    _call("pg_advisory_xact_lock", lock, key)


def _call(function: str, lock: AdvisoryLock, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, hashtext(%s))", [int(lock), key])
        return bool(cursor.fetchone()[0])
