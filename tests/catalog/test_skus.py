"""One SKU is one variant, however its letters are typed and whatever a spreadsheet has made of it."""

import io
import json
from datetime import date, time
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from catalog.errors import SkuTaken
from catalog.models import Variant
from catalog.services import create_product
from tests.catalog.test_portable import CSV, JSON, XLSX, confirm, errors, look, outcomes, table
from tests.factories.catalog import CategoryFactory, ProductFactory, VariantFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

SAME = [
    "AB-1",
    "ab-1",
    "Ab-1 ",
    "\u200bAB-1",
    "AB\u200b-1",
    "\ufeffAB-1",
    "ＡＢ－１",
    "AB\u20111",
    "\u00a0ab-1",
    "AB-١",
]
SAME = [sku.replace("\u20111", "\u2011" + "1") for sku in SAME]


@pytest.fixture
def staff() -> Client:
    return staff_client()


@pytest.fixture
def cup() -> Variant:
    return VariantFactory(product=ProductFactory(name_en="Cup"), sku="AB-1", price_minor=500)


def workbook(*rows: list[Any]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("sku", SAME)
@pytest.mark.parametrize("kind", [CSV, XLSX, JSON])
def test_a_file_finds_a_variant_by_any_writing_of_its_sku(staff: Client, cup: Variant, sku: str, kind: int) -> None:
    content: Any = {
        CSV: f"sku,price\n{sku},7.50\n",
        XLSX: workbook(["sku", "price"], [sku, 7.5]),
        JSON: table({"sku": sku, "price": "7.50"}),
    }[kind]
    seen = look(staff, content, kind)

    assert outcomes(seen) == ["updated"]
    confirm(staff, seen)
    cup.refresh_from_db()
    assert (cup.sku, cup.price_minor, Variant.objects.count()) == ("AB-1", 750, 1)


def new_row(sku: Any) -> dict[str, Any]:
    return {"sku": sku, "name_en": "New", "category": CategoryFactory().slug, "price": "5"}


def test_rows_of_one_file_that_differ_in_case_are_the_same(staff: Client) -> None:
    seen = look(staff, table(new_row("new-1"), new_row("NEW-1")), JSON)

    assert outcomes(seen) == ["created", "refused"]
    assert errors(seen) == [("sku", "duplicate_row")]


def bulk(client: Client, *rows: dict[str, Any]) -> Any:
    return client.post("/api/v1/bulk/products", {"rows": list(rows)}, content_type="application/json").json()


@pytest.mark.parametrize("sku", SAME)
def test_bulk_rows_of_the_api_find_a_variant_by_any_writing(cup: Variant, sku: str) -> None:
    answer = bulk(staff_client(), {"sku": sku, "base_price": "7.50"})

    cup.refresh_from_db()
    assert (cup.sku, cup.price_minor, Variant.objects.count()) == ("AB-1", 750, 1), answer


@pytest.mark.parametrize("sku", SAME)
def test_a_product_cannot_take_a_sku_in_another_writing(cup: Variant, sku: str) -> None:
    with pytest.raises(SkuTaken):
        create_product(name_en="Other", category_id=CategoryFactory().pk, sku=sku, base_price=cup.price)


def test_the_database_refuses_a_sku_in_another_case(cup: Variant) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        VariantFactory(sku="ab-1")


def test_a_sku_is_kept_in_plain_characters_whoever_writes_it() -> None:
    variant = VariantFactory(sku="\u200bＮＥＷ－1\u00a0")

    assert variant.sku == "NEW-1"
    assert Variant.objects.get(sku="ＮＥＷ－１") == variant


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (date(2024, 5, 1), "date_cell"),
        (time(12, 30), "date_cell"),
        (True, "boolean_cell"),
        ("#REF!", "error_cell"),
        ("#N/A", "error_cell"),
        ("=1+1", "formula_cell"),
        (4006381333931000000, "shortened_number"),
        ("4,00638E+12", "shortened_number"),
    ],
)
def test_what_a_spreadsheet_has_made_of_a_sku_is_refused_with_a_remedy(staff: Client, cell: Any, code: str) -> None:
    row = new_row(cell)
    seen = look(staff, workbook(list(row), list(row.values())), XLSX)

    assert errors(seen) == [("sku", code)]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("cost_price", "=A1", "formula_cell"),
        ("name_en", date(2024, 5, 1), "date_cell"),
        ("brand", "#NAME?", "error_cell"),
    ],
)
def test_other_cells_are_not_emptied_or_dated(staff: Client, cup: Variant, column: str, cell: Any, code: str) -> None:
    assert errors(look(staff, workbook(["sku", column], ["AB-1", cell]), XLSX)) == [(column, code)]


def test_a_whole_number_is_its_digits(staff: Client) -> None:
    VariantFactory(sku="123", price_minor=100)

    assert outcomes(look(staff, workbook(["sku", "price"], [123.0, 7.5]), XLSX)) == ["updated"]


def test_lost_zeros_are_told_instead_of_making_a_product(staff: Client) -> None:
    VariantFactory(sku="00123", price_minor=100)
    row = new_row(123)
    seen = look(staff, workbook(list(row), list(row.values())), XLSX)

    assert errors(seen) == [("sku", "lost_zeros")]
    assert "00123" in seen.content.decode()


@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r\n', "\ufeffsep=;\r\n"])
def test_the_line_by_which_excel_names_the_separator_is_no_row(staff: Client, cup: Variant, first: str) -> None:
    assert outcomes(look(staff, f"{first}sku;price\r\nAB-1;7.50\r\n")) == ["updated"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_is_read_with_its_own_separator_and_encoding(
    staff: Client, cup: Variant, separator: str, encoding: str
) -> None:
    content = f"sku{separator}name_en\nAB-1{separator}Tasse à café\n".encode(encoding)
    confirm(staff, look(staff, content))

    cup.product.refresh_from_db()
    assert cup.product.name_en == "Tasse à café"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_json_file_may_have_a_byte_order_mark(staff: Client, cup: Variant, encoding: str) -> None:
    content = table({"sku": "AB-1", "price": "7.50"}).encode(encoding)

    assert outcomes(look(staff, content, JSON)) == ["updated"]


def test_a_body_of_the_api_may_have_a_byte_order_mark(cup: Variant) -> None:
    content = b"\xef\xbb\xbf" + json.dumps({"rows": [{"sku": "AB-1", "base_price": "7.50"}]}).encode()
    answer = staff_client().post("/api/v1/bulk/products", content, content_type="application/json")

    assert answer.status_code == 200, answer.content


def tidy() -> None:
    import_module("catalog.migrations.0017_tidy_skus").tidy(None, SimpleNamespace(connection=connection))


def store(variant: Variant, sku: str) -> None:
    """As a shop of before may have it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS catalog_variant_sku_any_case")
        cursor.execute("UPDATE catalog_variant SET sku = %s WHERE id = %s", [sku, variant.pk])


@pytest.mark.parametrize("sku", ["ab-1", "\u200bAB-1", "ＡＢ－１"])
def test_skus_that_are_the_same_are_told_before_the_index_is_built(cup: Variant, sku: str) -> None:
    store(VariantFactory(), sku)

    with pytest.raises(CommandError, match="Rename one of each pair") as refused:
        tidy()
    assert "AB-1" in str(refused.value)


def test_skus_of_before_are_tidied() -> None:
    variant = VariantFactory()
    store(variant, "\u00a0ＮＥＷ－1\u200b")
    tidy()

    variant.refresh_from_db()
    assert variant.sku == "NEW-1"
