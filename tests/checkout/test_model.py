"""Stock, reservations and orders say what a few lines in memory say, whatever is done in whatever order.

`python -m benchmarks.model` goes 10,000 steps; here are a few hundred, the same ones every time.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.machine import ShopMachine

_FEW = settings(
    max_examples=8,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_shop_says_what_the_oracle_says() -> None:
    run_state_machine_as_test(ShopMachine, settings=_FEW)
    assert sum(ShopMachine.done.values()) > 200
