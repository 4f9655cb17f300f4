"""Sample data by two connections at once: the same rows, committed batch by batch in their order."""

import threading
from contextlib import closing
from typing import Any

import pytest
from django.db import connection, transaction

from catalog.models import Category
from etl.sampledata.bulk.lanes import LANES, Turn, Write, opened, rows_written
from orders.models import Order
from tests.etl.test_sampledata_bulk import fill, rolled_back, rows
from tests.factories.catalog import CategoryFactory

pytestmark = pytest.mark.django_db(transaction=True)

BATCHES = [range(3), range(3, 6), range(6, 9), range(9, 12), range(12, 14)]


def write(numbers: range, _turn: Turn) -> int:
    for number in numbers:
        CategoryFactory(slug=f"number-{number}")
    return len(numbers)


def written() -> set[int]:
    return {int(slug.removeprefix("number-")) for slug in Category.objects.values_list("slug", flat=True)}


def run(write: Write) -> list[int]:
    return list(rows_written(BATCHES, opened(write)))


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
        list(rows_written(BATCHES, broken))
    assert written() == set()


def test_whoever_stops_leaves_whole_batches_from_the_first_on() -> None:
    with closing(rows_written(BATCHES, opened(write))) as outcomes:
        next(outcomes)
    found = written()
    assert found in [set(range(batch.stop)) for batch in BATCHES]


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
    monkeypatch.setattr("etl.sampledata.bulk.products.BATCH", 60)
    monkeypatch.setattr("etl.sampledata.bulk.people.BATCH", 30)
    monkeypatch.setattr("etl.sampledata.bulk.loader.ORDERS_A_BATCH", 100)
    with rolled_back():
        fill()
        alone = rows()
    fill()
    assert rows() == alone


def test_a_run_that_is_stopped_is_continued_to_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.sampledata.bulk.loader.ORDERS_A_BATCH", 100)

    def stop(name: str, done: int, _wanted: int) -> None:
        if name == "orders" and done == 200:
            raise KeyboardInterrupt

    with rolled_back():
        fill()
        whole = rows()
    with pytest.raises(KeyboardInterrupt):
        fill(progress=stop)
    assert Order.objects.count() in {200, 300, 400}
    fill()
    assert rows() == whole
