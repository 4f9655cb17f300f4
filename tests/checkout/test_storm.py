"""A small storm, and what its verdict tells of rows that are not right; `python -m benchmarks.storm` is larger."""

import multiprocessing
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from benchmarks.shelf import new_variant
from benchmarks.shoppers import run_part
from benchmarks.storm import Sizes, play
from benchmarks.tally import Tally
from benchmarks.verdict import violations
from core.db.ids import new_id

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Sizes(
    rounds=1, clients=30, connections=8, processes=1, variants=2, units=6, hold_seconds=0.5, patience=600, seed=1
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_mails(settings: Settings) -> None:
    settings.OUTBOX_CONSUMERS = []


def kinds(variant: UUID, units: int, tally: Tally) -> set[str]:
    return {told.partition(":")[0] for told in violations(variants=[variant], units=units, tally=tally)}


@pytest.mark.slow
def test_a_storm_sells_every_unit_once_and_loses_nothing() -> None:
    kept = multiprocessing.Array("i", SMALL.variants)
    played = play(SMALL, lambda parts: [run_part(part, kept) for part in parts], kept, 1)
    assert played.violations == []
    assert list(kept) == [SMALL.units] * SMALL.variants
    assert len(played.tally.seconds) >= len(played.tally.kept)


def test_units_that_nobody_bought_are_told() -> None:
    assert kinds(new_variant([2, 1]).pk, 3, Tally()) == {"unsold"}


def test_units_that_are_gone_are_told() -> None:
    assert kinds(new_variant([2]).pk, 3, Tally()) == {"unsold", "lost"}


def test_a_reservation_that_is_gone_is_told() -> None:
    variant = new_variant([2]).pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockitem SET reserved = 1 WHERE variant_id = %s", [variant])
    assert kinds(variant, 2, Tally()) == {"unsold", "lost reservation", "drift"}


def test_a_promised_order_that_is_gone_is_told() -> None:
    assert kinds(new_variant([1]).pk, 1, Tally(kept=[new_id()])) == {"unsold", "lost"}


def test_two_orders_of_a_cart_are_told() -> None:
    cart = new_id()
    told = Tally(answers=[(cart, new_id()), (cart, new_id())])
    assert kinds(new_variant([1]).pk, 1, told) == {"unsold", "two orders"}


def test_an_error_instead_of_an_answer_is_told() -> None:
    assert kinds(new_variant([1]).pk, 1, Tally(broken=["IntegrityError"])) == {"unsold", "error"}
