"""Killed by SIGKILL at any statement or COMMIT, a process leaves nothing that the next does not set right.

`python -m benchmarks.kills` tries every point; here are a few of each journey.
"""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F

from benchmarks.journeys import JOURNEYS, Journey, Visit, mails_into
from benchmarks.kills import points_of, try_journey
from benchmarks.traps import run_until_killed, shortened
from carts.models import Cart
from inventory.models import StockItem, StockMove
from orders.models import Order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _outlet(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "outlet").mkdir()
    with mails_into(tmp_path / "outlet"):
        yield


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_what_was_killed_ends_like_what_nobody_killed(journey: Journey) -> None:
    tally = try_journey(journey, most=2, is_told=False)
    assert tally.points == 2
    assert tally.wrong == []


def test_before_the_commit_of_an_order_there_is_none_and_after_it_there_is_one() -> None:
    [journey] = [one for one in JOURNEYS if one.name == "place without a key"]
    points = points_of(journey)
    made = []
    for side in ("before", "after "):
        visit = journey.prepared()
        at = points.index(f"{side} COMMIT")
        assert run_until_killed(lambda: journey.travel(visit), at=at) == -signal.SIGKILL  # noqa: B023  done at once
        carts = Cart.objects.filter(customer=visit.customer).values_list("status", flat=True)
        made.append((Order.objects.filter(customer=visit.customer).count(), *carts))
    assert made == [(0, "open"), (1, "ordered")]


def test_a_process_that_would_share_a_session_with_another_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a browser's event loop runs in this thread: what is closed here is not what the child finds."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    connection.ensure_connection()
    done: list[str] = []

    async def fork() -> int | None:
        return run_until_killed(lambda: done.append("something"), at=0)

    assert asyncio.run(fork()) == 1
    assert done == []


def test_what_is_not_one_transaction_is_found_out() -> None:
    def lose_a_unit(visit: Visit) -> None:
        item = StockItem.objects.get(variant=visit.variant, location__code="main")
        StockItem.objects.filter(pk=item.pk).update(on_hand=F("on_hand") - 1)
        StockMove.objects.create(stock_item=item, kind=StockMove.Kind.ADJUSTMENT, quantity=-1, door="system")

    torn = Journey("torn", (), (lose_a_unit,), has_client=False)
    points = points_of(torn)
    tally = try_journey(torn, is_told=False)
    assert tally.kills == len(points) == 6
    assert tally.wrong[0].startswith("torn 3 after  UPDATE inventory_stockitem: inventory.on_hand: 1 rows")


def test_a_statement_is_told_by_what_it_does_and_to_which_table() -> None:
    assert shortened('SELECT "a"."b" FROM "a" WHERE 1 FOR UPDATE OF "a"') == "SELECT a FOR UPDATE"
    assert shortened('RELEASE SAVEPOINT "s1"') == "RELEASE"
    assert shortened("NOTIFY souk_outbox_emitted") == "NOTIFY souk_outbox_emitted"
