"""Sample data by two connections at once: the same rows, committed batch by batch in their order."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.models import Category
from orders.models import Order
from sampledata.bulk.lanes import LANES, Turn, Write, opened, write_batches
from tests.factories.catalog import CategoryFactory
from tests.races import at_once, table_is_waited_for, wait_until
from tests.sampledata.test_bulk import fill, rolled_back, rows, stop_at_200_orders

pytestmark = pytest.mark.django_db(transaction=True)

BATCHES = [range(3), range(3, 6), range(6, 9), range(9, 12), range(12, 14)]


def write(numbers: range, _turn: Turn) -> int:
    for number in numbers:
        CategoryFactory(slug=f"number-{number}")
    return len(numbers)


def written() -> set[int]:
    return {int(slug.removeprefix("number-")) for slug in Category.objects.values_list("slug", flat=True)}


def run(write: Write) -> list[int]:
    return list(write_batches(BATCHES, opened(write)))


def test_every_batch_is_written_once() -> None:
    assert run(write) == [3, 3, 3, 3, 2]
    assert written() == set(range(14))


def test_two_are_written_at_the_same_time() -> None:
    together = threading.Barrier(LANES, timeout=60)

    def write_together(numbers: range, turn: Turn) -> int:
        if numbers.start < 12:  # the last one is alone
            together.wait()
        return write(numbers, turn)

    assert run(write_together) == [3, 3, 3, 3, 2]


def test_none_is_committed_before_those_before_it() -> None:
    second_is_written, seen = threading.Event(), []

    def write_second_first(numbers: range, turn: Turn) -> int:
        if numbers.start == 0:
            assert second_is_written.wait(60)
            seen.append(written())
        count = write(numbers, turn)
        if numbers.start == 3:
            second_is_written.set()
        return count

    run(write_second_first)
    assert seen == [set()]


@pytest.mark.parametrize("broken", [0, 3, 6, 12])
def test_a_batch_that_fails_ends_it_with_all_before_it_and_nothing_after(broken: int) -> None:
    def write_until(numbers: range, turn: Turn) -> int:
        count = write(numbers, turn)
        if numbers.start == broken:
            raise ZeroDivisionError
        return count

    with pytest.raises(ZeroDivisionError):
        run(write_until)
    assert written() == set(range(broken))


def test_a_lane_that_does_not_open_ends_it_with_its_reason() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(write_batches(BATCHES, broken))
    assert written() == set()


def test_for_whoever_stops_what_is_being_written_is_undone() -> None:
    begun = threading.Event()

    def write_slowly(numbers: range, turn: Turn) -> int:
        count = write(numbers, turn)
        if numbers.start:
            begun.set()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(300)")  # until it is cancelled
        return count

    with closing(write_batches(BATCHES, opened(write_slowly))) as outcomes:
        assert next(outcomes) == 3
        assert begun.wait(60)
    assert written() == {0, 1, 2}


def test_a_lane_ends_whose_neighbour_could_not_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, []

    def start_one(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one)
    with pytest.raises(RuntimeError, match="start new thread"):
        run(write)
    assert not started[0].is_alive()


def test_an_error_on_closing_a_lane_is_not_lost() -> None:
    @contextmanager
    def broken_in_the_end() -> Iterator[Write]:
        yield write
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(write_batches(BATCHES, broken_in_the_end))
    assert written() == set(range(14))


def test_a_ring_of_waits_through_the_lanes_and_somebody_else_ends() -> None:
    """The first lane waits for who waits for the second, which waits for its turn: for the first."""
    second_has_written, somebody_may_lock = threading.Event(), threading.Event()

    def write_first_last(numbers: range, turn: Turn) -> int:
        if numbers.start == 0:
            assert second_has_written.wait(60)
            somebody_may_lock.set()
            wait_until(lambda: table_is_waited_for("catalog_category"))
        count = write(numbers, turn)
        second_has_written.set()
        return count

    def somebody() -> None:
        assert somebody_may_lock.wait(60)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE catalog_category IN SHARE MODE")  # as CREATE INDEX does

    outcomes = at_once(lambda: list(write_batches(BATCHES[:2], opened(write_first_last))), somebody)
    assert outcomes == [[3, 3], None]  # PostgreSQL lets the first lane go before who has only asked yet


def test_inside_a_transaction_all_of_it_is_part_of_it() -> None:
    with transaction.atomic():
        assert run(write) == [3, 3, 3, 3, 2]
        transaction.set_rollback(True)
    assert written() == set()


def test_lanes_leave_no_connection_behind() -> None:
    run(write)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert cursor.fetchone() == (1,)


def test_two_lanes_fill_the_shop_with_the_rows_that_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sampledata.bulk.products.BATCH", 60)
    monkeypatch.setattr("sampledata.bulk.people.BATCH", 30)
    monkeypatch.setattr("sampledata.bulk.loader.ORDERS_A_BATCH", 100)
    with rolled_back():
        fill()
        alone = rows()
    fill()
    assert rows() == alone


def test_a_run_that_is_stopped_is_continued_to_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sampledata.bulk.loader.ORDERS_A_BATCH", 100)
    with rolled_back():
        fill()
        whole = rows()
    with pytest.raises(KeyboardInterrupt):
        fill(progress=stop_at_200_orders)
    assert 200 <= Order.objects.count() <= 500
    assert Order.objects.count() % 100 == 0
    fill()
    assert rows() == whole
