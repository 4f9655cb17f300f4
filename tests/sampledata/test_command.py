"""`manage.py sampledata` as an operator meets it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalog.models import Product
from tests.factories.catalog import ProductFactory
from tests.sampledata.test_demo_shop import store_blank_pictures

pytestmark = pytest.mark.django_db


def run(*options: str) -> str:
    store_blank_pictures()
    out = io.StringIO()
    call_command("sampledata", *options, stdout=out)
    return out.getvalue()


def test_the_report_counts_and_names_the_log_ins() -> None:
    report = run("--if-empty")

    assert "60 products" in report
    assert "shopper or shopper@souk.example, password souk-shopper-1" in report
    assert "staff or staff@souk.example, password souk-staff-1" in report


def test_the_log_ins_are_left_where_run_sh_reads_them(tmp_path: Path) -> None:
    run()
    assert "staff   staff or staff@souk.example, password souk-staff-1" in (tmp_path / "demo-logins.txt").read_text()


def test_a_shop_that_sells_something_is_left_alone_if_asked_so() -> None:
    ProductFactory()

    assert "left out" in run("--if-empty")
    assert Product.objects.count() == 1


def test_a_log_in_that_somebody_else_has_ends_the_command_with_a_reason() -> None:
    User.objects.create_user(email="somebody@souk.example", username="shopper", password="long-enough-1")

    with pytest.raises(CommandError, match="username_taken"):
        run()

    assert not Product.objects.exists()


def test_an_address_that_another_product_has_ends_the_command_with_a_reason() -> None:
    ProductFactory(slug="thyme-honey")

    with pytest.raises(CommandError, match="thyme-honey"):
        run()

    assert Product.objects.count() == 1
