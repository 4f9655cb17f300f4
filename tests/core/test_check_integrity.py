"""The command: what it prints, how it ends, that a shop at work gives no false alarm; and the nightly task."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from carts.models import Cart
from checkout.services.cancel_order import cancel_order
from checkout.services.fulfil_order import deliver_shipment, ship_order
from checkout.services.place_order import place_order
from core.failures.models import FailedTask
from core.integrity import Check, check_integrity, registered
from core.tasks import check_integrity as nightly
from etl.apps import EtlConfig
from inventory.models import StockItem
from tests.factories.checkout import cart_ready_to_order, confirmed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db(transaction=True)

BROKEN = (Check(code="broken", title="Cannot be made", query="SELECT nothing FROM nowhere"),)
ROUNDS = 12


@pytest.fixture
def _with_a_broken_check(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(EtlConfig, "integrity_checks", (*EtlConfig.integrity_checks, f"{__name__}.BROKEN"))
    registered.cache_clear()
    yield
    registered.cache_clear()


def one_unit_too_many() -> StockItem:
    item = confirmed_order().lines.get().variant.stock_items.get()
    StockItem.objects.filter(pk=item.pk).update(on_hand=item.on_hand + 1)
    return item


def told(capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    """What the command prints as JSON, and the code that it ends with."""
    code = 0
    try:
        call_command("check_integrity", "--json", *options)
    except CommandError as error:
        code = error.returncode
    return json.loads(capsys.readouterr().out), code


def test_a_sound_shop_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    confirmed_order()

    call_command("check_integrity")

    assert f"{len(registered())} checks in " in capsys.readouterr().out


def test_json_has_a_stable_shape(capsys: pytest.CaptureFixture[str]) -> None:
    report, code = told(capsys)

    assert code == 0
    assert list(report) == ["version", "started_at", "finished_at", "checks", "summary"]
    assert list(report["checks"][0]) == ["code", "title", "violations", "seconds", "examples", "error"]
    assert list(report["summary"]) == ["checks", "drifted", "failed", "violations", "seconds"]
    assert [check["code"] for check in report["checks"]] == list(registered())


def test_drift_ends_with_1_and_names_the_row(capsys: pytest.CaptureFixture[str]) -> None:
    item = one_unit_too_many()

    report, code = told(capsys)

    assert code == 1
    [found] = [check for check in report["checks"] if check["violations"]]
    assert found["code"] == "inventory.on_hand"
    assert found["examples"] == [
        {"id": str(item.pk), "subject": f"{item.variant.sku} @ main", "expected": "10", "actual": "11"}
    ]
    assert report["summary"]["drifted"] == report["summary"]["violations"] == 1


def test_people_read_what_is_and_what_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    item = one_unit_too_many()

    with pytest.raises(CommandError, match="1 checks found rows that drifted"):
        call_command("check_integrity")

    assert f"{item.variant.sku} @ main ({item.pk}): 11, should be 10" in capsys.readouterr().out


def test_only_the_checks_that_were_asked_for_are_made(capsys: pytest.CaptureFixture[str]) -> None:
    one_unit_too_many()

    report, code = told(capsys, "--only", "inventory.reserved", "--only", "orders.totals")

    assert code == 0
    assert [check["code"] for check in report["checks"]] == ["inventory.reserved", "orders.totals"]


@pytest.mark.parametrize("options", [("--only", "inventory.gold"), ("--limit", "0")])
def test_what_cannot_be_asked_ends_with_2(options: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("check_integrity", *options)
    assert raised.value.returncode == 2


@pytest.mark.usefixtures("_with_a_broken_check")
def test_a_check_that_cannot_be_made_ends_with_2_after_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    one_unit_too_many()

    report, code = told(capsys)

    assert code == 2
    assert report["summary"]["drifted"] == report["summary"]["failed"] == 1
    assert "nowhere" in report["checks"][-1]["error"]


def test_nothing_is_written_and_no_row_is_locked() -> None:
    settings_of_the_transaction: list[tuple[str, str]] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not settings_of_the_transaction and "count(*) OVER ()" in sql:
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('transaction_read_only'), current_setting('transaction_isolation')"
                )
                settings_of_the_transaction.extend(cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        check_integrity(only=["inventory.on_hand"])

    assert settings_of_the_transaction == [("on", "repeatable read")]


@pytest.mark.slow
def test_a_shop_at_work_gives_no_false_alarm() -> None:
    variant = stocked_variant(1000)
    carts = [[cart_ready_to_order(variant) for _ in range(ROUNDS)] for _ in range(3)]
    together = threading.Barrier(len(carts) + 1)
    workers = [threading.Thread(target=sell, args=(together, own)) for own in carts]
    for worker in workers:
        worker.start()

    reports = []
    for _half in range(2):
        together.wait(timeout=60)
        reports.append(check_integrity())
    while any(worker.is_alive() for worker in workers):
        reports.append(check_integrity())
    for worker in workers:
        worker.join()
    reports.append(check_integrity())

    assert [report.as_dict()["checks"] for report in reports if not report.is_clean] == []
    assert Cart.objects.filter(status="ordered").count() == 3 * ROUNDS


def sell(together: threading.Barrier, carts: list[Cart]) -> None:
    """Place, cancel, ship and deliver, so that every table is being written as a check begins, and half-way again."""
    try:
        for number, cart in enumerate(carts):
            if number in {0, ROUNDS // 2}:
                together.wait(timeout=60)
            order = place_order(cart_id=cart.pk, actor=None).order
            if number % 3 == 0:
                cancel_order(order_id=order.pk, actor=None)
            else:
                shipment = ship_order(order_id=order.pk, actor=None)
                if number % 3 == 1:
                    deliver_shipment(shipment_id=shipment.pk, actor=None)
    finally:
        connection.close()


def test_staff_sees_drift_that_the_nightly_check_found_until_it_is_mended() -> None:
    item = one_unit_too_many()

    nightly.apply()
    failed = FailedTask.objects.get()
    assert failed.error == "IntegrityDrift: inventory.on_hand: 1 rows"
    assert failed.resolved_at is None

    StockItem.objects.filter(pk=item.pk).update(on_hand=item.on_hand)
    nightly.apply()
    failed.refresh_from_db()
    assert failed.resolved_at is not None
