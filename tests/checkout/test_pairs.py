"""Every pair of things that can happen to the same cart, order and stock at one moment; benchmarks.pairs has the table.

`python -m benchmarks.races` goes on to later locks and tries more often.
"""

import threading
from typing import Any

import pytest

from benchmarks.pairs import ACTIONS, allowed, at_once, drift, hold_first, set_scene, violations
from orders import services as order_services
from tests.races import without_lock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", ACTIONS)
def test_whatever_comes_while_the_first_holds_its_first_lock_both_end_as_they_may(first: str) -> None:
    wrong = []
    for second in ACTIONS:
        scene = set_scene(first, second)
        outcomes = hold_first(scene, first, second)
        assert scene.was_held
        wrong += [(second, one) for one in violations(scene, first, second, outcomes)]
    assert wrong + drift() == []


@pytest.mark.slow
@pytest.mark.parametrize("first", ACTIONS)
def test_whatever_comes_at_once_with_the_first_both_end_as_they_may(first: str) -> None:
    wrong = []
    for second in list(ACTIONS)[list(ACTIONS).index(first) :]:
        scene = set_scene(first, second)
        wrong += [(second, one) for one in violations(scene, first, second, at_once(scene, first, second))]
    assert wrong + drift() == []


def test_every_pair_says_what_may_come_of_it() -> None:
    assert all(allowed(first, second) for first in ACTIONS for second in ACTIONS)


def test_without_the_orders_lock_a_pair_ends_as_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read, readers = threading.Barrier(2, timeout=60), set()

    def unlocked(rows: Any, **given: Any) -> list[Any]:
        read = without_lock(rows, **given)
        if (reader := threading.get_ident()) not in readers:
            readers.add(reader)
            both_have_read.wait()
        return read

    scene = set_scene("staff cancels", "ship")
    with monkeypatch.context() as patch:
        patch.setattr(order_services, "lock_rows", unlocked)
        outcomes = at_once(scene, "staff cancels", "ship")
    assert violations(scene, "staff cancels", "ship", outcomes) != []
