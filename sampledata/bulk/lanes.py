"""Batches written side by side over connections of their own, and committed in their order.

PostgreSQL writes for one connection on one core; a killed run leaves whole batches from the first on, as one lane does.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import AbstractContextManager, nullcontext, suppress
from contextvars import copy_context
from threading import Event, Thread
from typing import Any

import psycopg
from django.db import connection, transaction

from core.db.advisory_locks import AdvisoryLock, lock_until_commit

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


def write_batches(batches: Sequence[range], open_lane: Opened) -> Generator[int]:
    """Write the batches, each in a transaction, and tell of each how many rows it took once it is committed.

    Inside of a transaction there is one lane, as others would not see what it wrote. Raises what a batch raised; those
    before it are committed, none after it is. Close it: for whoever stops half-way, what is being written is undone.
    """
    if not batches:
        return
    if connection.in_atomic_block or len(batches) < LANES:
        with open_lane() as write:
            for numbers in batches:
                with transaction.atomic():
                    rows = write(numbers, lambda: None)
                yield rows
        return
    yield from _Lanes(batches, open_lane).run()


class _Lanes:
    """The batches in hand: which are begun, and what came of those that ended."""

    def __init__(self, batches: Sequence[range], open_lane: Opened) -> None:
        self._batches, self._open_lane = batches, open_lane
        self._begun = [Event() for _batch in batches]
        self._outcomes: list[Future[int]] = [Future() for _batch in batches]
        self._connections: list[psycopg.Connection[Any]] = []
        self._errors: list[BaseException] = []

    def run(self) -> Generator[int]:
        threads = [Thread(target=copy_context().run, args=(self._lane, number)) for number in range(LANES)]
        try:
            for thread in threads:
                thread.start()
            for outcome in self._outcomes:
                yield outcome.result()
        finally:
            self._end(threads)
        if self._errors:  # of a lane that could not be closed
            raise self._errors[0]

    def _end(self, threads: Sequence[Thread]) -> None:
        for outcome in self._outcomes:
            outcome.cancel()  # what no lane has begun
        while alive := [thread for thread in threads if thread.is_alive()]:
            if not all(outcome.done() for outcome in self._outcomes):
                self._cancel_statements()
            alive[0].join(1)

    def _cancel_statements(self) -> None:
        """What is between two statements goes on to its next, so this is done again."""
        for one in self._connections:
            with suppress(psycopg.Error):  # it ended meanwhile
                one.cancel_safe()

    def _lane(self, number: int) -> None:
        """Every batch that falls to this lane; once one fails, here or in another lane, the rest fails with it."""
        mine = range(number, len(self._batches), LANES)
        try:
            connection.ensure_connection()
            self._connections.append(connection.connection)
            with self._open_lane() as write:
                for place in mine:
                    if not self._outcomes[place].set_running_or_notify_cancel():
                        return
                    self._outcomes[place].set_result(self._written(write, place))
        except BaseException as error:  # noqa: BLE001  (raised again by who waits for the batch)
            self._errors.append(error)
            for place in mine:
                with suppress(InvalidStateError):  # it ended before, or was cancelled
                    self._outcomes[place].set_exception(error)
        finally:
            for place in mine:
                self._begun[place].set()
            connection.close()

    def _written(self, write: Write, place: int) -> int:
        with transaction.atomic():
            lock_until_commit(AdvisoryLock.SAMPLE_BATCH, str(place))
            self._begun[place].set()
            rows = write(self._batches[place], lambda: self._turn(place))
            self._turn(place)
            return rows

    def _turn(self, place: int) -> None:
        """Wait for the batch before in the database, which sees if that waits for this one in turn, and ends it."""
        if place:
            self._begun[place - 1].wait()
            lock_until_commit(AdvisoryLock.SAMPLE_BATCH, str(place - 1))
            self._outcomes[place - 1].result()
