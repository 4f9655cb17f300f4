"""`manage.py etl` as an operator uses it: what it prints, and the exit codes that scripts act on."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Product
from core.errors import InvalidTransition
from etl.mapping import FOLDER
from etl.models import KeyMap, Run, RunEntity
from etl.services import sign_off
from etl.staging import Staging
from tests.etl.corner_shop import CornerShop

pytestmark = pytest.mark.django_db


def etl(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output."""
    out = StringIO()
    try:
        call_command("etl", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def staged_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'etl_staging'")
        return [name for (name,) in cursor.fetchall()]


def test_a_clean_run_ends_with_0_and_both_sides_in_one_line(shop: CornerShop) -> None:
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert code == 0
    assert "order total USD 153.54 0.00 0.00 153.54 0.00" in " ".join(output.split())
    assert "order_line 5 5 0 0 0" in " ".join(output.split())
    assert output.rstrip().endswith("Source and shop are equal in every row, count and sum.")


def test_rejected_rows_end_with_1_and_say_why(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5)
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert code == 1
    assert "product row 5 (key 7): UnitPrice is -5; the least allowed is 0." in output
    assert output.rstrip().endswith("Not done: 1 row rejected.")


def test_a_difference_of_sums_ends_with_1(shop: CornerShop) -> None:
    etl("run", "northwind", "--source", str(shop.path))
    shop.sql("DELETE FROM Customers WHERE CustomerID = 'SALMA'")
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert code == 1
    assert output.rstrip().endswith("Not done: source and shop differ in customer count.")


def test_what_the_source_has_no_more_is_named(shop: CornerShop) -> None:
    etl("run", "northwind", "--source", str(shop.path))
    shop.sql("DELETE FROM Customers WHERE CustomerID = 'SALMA'")
    shop.sql("UPDATE Products SET UnitPrice = -1 WHERE ProductID = 4")  # is still there, and a rejection
    shop.sql("DELETE FROM Orders WHERE OrderID = 503")
    _code, output = etl("run", "northwind", "--source", str(shop.path))

    assert "In the shop, but at the source no more: customer SALMA, order 503.\n" in output


def test_the_report_is_there_as_json(shop: CornerShop) -> None:
    code, output = etl("run", "northwind", "--source", f"sqlite:///{shop.path}", "--by", "amina", "--json")

    report = json.loads(output)
    assert (code, report["status"], report["started_by"], report["read"]) == (0, "succeeded", "amina", 21)
    assert {"entity": "category", "read": 2, "inserted": 2, "updated": 0, "unchanged": 0, "rejected": 0} in (
        report["accounts"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["southwind", "--source", "x.db"], "there is no mapping southwind; known are: chinook, dms, northwind"),
        (["northwind", "--source", "/nowhere/x.db"], "there is no file /nowhere/x.db"),
        (["northwind", "--source", "oracle+none://x"], "the driver is not installed"),
        (["northwind", "--source", "what://"], "the driver is not installed"),
        (["northwind", "--source", "postgresql://u:secret@127.0.0.1:1/x"], "cannot read postgresql+psycopg://u:***@127"),
    ],
)  # fmt: skip
def test_wrong_use_ends_with_2_and_says_what_to_change(arguments: list[str], message: str) -> None:
    code, output = etl("run", *arguments)

    assert code == 2
    assert message in output
    assert "secret" not in output
    assert not Run.objects.exists()


def test_a_missing_table_is_named(shop: CornerShop) -> None:
    shop.sql("DROP TABLE Shippers")
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert code == 2
    assert "has no table Shippers (it has: Categories, Customers, Order Details, Orders, Products)" in output


def test_a_missing_column_is_named(shop: CornerShop) -> None:
    shop.sql("ALTER TABLE Shippers DROP COLUMN Phone")
    code, output = etl("run", "northwind", "--source", str(shop.path))

    assert (code, output) == (2, "table Shippers has no column Phone (it has: ShipperID, CompanyName)")


@pytest.mark.parametrize(
    ("entity", "change", "message"),
    [
        ("category", {"key": "CategoryIDD"}, 'entities.category: column "categoryidd" does not exist'),
        ("order", {"where": "OrderID ="}, "entities.order: syntax error"),
        ("product", {"totals": {"price": "numbr(UnitPrice)", "stock": "0"}}, "entities.product: function numbr(text)"),
        ("customer", {"key": "CustomerID::int"}, "entities.customer: invalid input syntax for type integer"),
    ],
)
def test_sql_of_a_mapping_that_postgresql_refuses_is_shown(
    shop: CornerShop, tmp_path: Path, entity: str, change: dict[str, Any], message: str
) -> None:
    document = yaml.safe_load((FOLDER / "northwind.yaml").read_text())
    document["entities"][entity] |= change
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(document))
    code, output = etl("run", str(path), "--source", str(shop.path))

    assert code == 2
    assert output.startswith(message)
    assert Run.objects.get().status == Run.Status.FAILED


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("no database at all, but long enough to be taken for one" * 20)
    code, output = etl("run", "northwind", "--source", str(path))

    assert (code, output) == (2, f"cannot read {path}: file is not a database")


def test_a_dry_run_reports_the_same_and_keeps_nothing(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5)
    code, output = etl("run", "northwind", "--source", str(shop.path), "--dry-run")

    assert code == 1
    assert "a dry run, nothing was kept" in output
    assert "order total USD 153.54 0.00 0.00 153.54 0.00" in " ".join(output.split())
    assert "product row 5 (key 7): UnitPrice is -5" in output
    assert (Run.objects.count(), KeyMap.objects.count(), Product.objects.count(), staged_tables()) == (0, 0, 0, [])
    assert not default_storage.exists("placeholders")


def test_the_list_shows_the_runs_newest_first(shop: CornerShop) -> None:
    first, second = shop.move_in(), shop.move_in()
    _code, output = etl("list")

    lines = output.splitlines()[2:]
    assert [line.split()[0] for line in lines] == [str(second.pk), str(first.pk)]
    assert lines[0].endswith("succeeded    21         0        0         21         0")
    _code, output = etl("list", "--json")
    assert [run["unchanged"] for run in json.loads(output)] == [21, 0]


def test_the_rejections_of_a_run_are_shown_in_full(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5, CategoryID=9)
    run = shop.move_in()
    sentences = "CategoryID is “9”, but there is no such category. UnitPrice is -5; the least allowed is 0."

    assert etl("rejections", str(run.pk)) == (0, f"product row 5 (key 7): {sentences}\n")
    assert etl("rejections", "last") == etl("rejections", str(run.pk)[-8:])
    [rejected] = json.loads(etl("rejections", "last", "--json")[1])
    assert [problem["reason"] for problem in rejected["problems"]] == ["unknown_reference", "too_small"]


def test_an_unknown_run_ends_with_2() -> None:
    assert etl("rejections", "0000") == (2, "there is no run 0000")


def test_more_than_twenty_rejections_are_cut_in_the_report(shop: CornerShop) -> None:
    for number in range(100, 130):
        shop.add_product(number, UnitPrice="x")
    _code, output = etl("run", "northwind", "--source", str(shop.path))

    assert output.count("is “x”") == 20
    assert "… and 10 more: manage.py etl rejections" in output


def test_staging_stays_for_questions_until_the_next_run(shop: CornerShop) -> None:
    first = shop.move_in()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM etl_staging.{Staging(first.pk).prefix}s_products WHERE unitprice = '8.5'")
        assert cursor.fetchone() == (1,)
    second = shop.move_in()

    assert {name[:14] for name in staged_tables()} == {Staging(second.pk).prefix}


def test_signing_off_records_who_and_drops_the_staging(shop: CornerShop) -> None:
    run = shop.move_in()
    code, _output = etl("sign-off", "last", "--by", "Amina")

    run.refresh_from_db()
    assert (code, run.signed_off_by, run.signed_off_at is None, staged_tables()) == (0, "Amina", False, [])
    etl("sign-off", "last", "--by", "Karim")
    assert Run.objects.get(pk=run.pk).signed_off_by == "Amina"


@pytest.mark.parametrize("status", [Run.Status.RUNNING, Run.Status.FAILED, Run.Status.INTERRUPTED])
def test_a_run_that_did_not_finish_cannot_be_signed_off(status: str) -> None:
    run = Run.objects.create(mapping="northwind", source="northwind", started_by="tests", status=status)
    with pytest.raises(InvalidTransition):
        sign_off(run_id=run.pk, by="Amina")


def test_a_failure_in_the_middle_is_recorded_and_raised(shop: CornerShop, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "no.such.Storage"}}
    with pytest.raises(Exception, match="no"):
        shop.move_in()

    run = Run.objects.get()
    assert (run.status, run.stage) == (Run.Status.FAILED, "drawing placeholders")
    assert run.error.startswith("drawing placeholders: ")
    assert RunEntity.objects.filter(run=run).count() == 7
