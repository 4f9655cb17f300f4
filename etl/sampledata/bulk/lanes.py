"""Batches written side by side over connections of their own, and committed in their order.

PostgreSQL writes for one connection on one core; a killed run leaves whole batches from the first on, as one lane does.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from threading import Thread

from django.db import connection, transaction

LANES = 2

# Waits until all batches before are committed: for locks that a batch must not hold while it waits for another.
Turn = Callable[[], object]
# Writes the things of these numbers and returns how many rows they took.
Write = Callable[[range, Turn], int]
# What a lane writes by, while it is open: its connection keeps temporary tables.
Opened = Callable[[], AbstractContextManager[Write]]


def opened(write: Write) -> Opened:
    """For what needs nothing on its connection."""
    return lambda: nullcontext(write)


def rows_written(batches: Sequence[range], open_lane: Opened) -> Generator[int]:
    """Write the batches, each in a transaction, and tell of each how many rows it took once it is committed.

    Inside of a transaction there is one lane, as others would not see what it wrote. Raises what a batch raised; those
    before it are committed, none after it is. Close it: whoever stops half-way waits for what is being written.
    """
    if not batches:
        return
    if connection.in_atomic_block or len(batches) < LANES:
        with open_lane() as write:
            for numbers in batches:
                yield _batch(write, numbers, lambda: None)
        return
    outcomes: list[Future[int]] = [Future() for _batch in batches]
    threads = [
        Thread(target=copy_context().run, args=(_lane, batches, outcomes, number, open_lane)) for number in range(LANES)
    ]
    for thread in threads:
        thread.start()
    try:
        for outcome in outcomes:
            yield outcome.result()
    finally:
        for outcome in outcomes:
            outcome.cancel()  # what no lane has begun, if there is nobody who waits for it any more
        for thread in threads:
            thread.join()


def _lane(batches: Sequence[range], outcomes: Sequence["Future[int]"], number: int, open_lane: Opened) -> None:
    """Every second batch, or every third; once one fails, here or in another lane, the rest fails with it."""
    mine = range(number, len(batches), LANES)
    try:
        with open_lane() as write:
            for place in mine:
                if not outcomes[place].set_running_or_notify_cancel():
                    return
                turn: Turn = outcomes[place - 1].result if place else lambda: None
                outcomes[place].set_result(_batch(write, batches[place], turn))
    except BaseException as error:  # noqa: BLE001  (raised again by who waits for the batch)
        for place in mine:
            if not outcomes[place].done():
                outcomes[place].set_exception(error)
    finally:
        connection.close()


def _batch(write: Write, numbers: range, turn: Turn) -> int:
    with transaction.atomic():
        rows = write(numbers, turn)
        turn()
        return rows
