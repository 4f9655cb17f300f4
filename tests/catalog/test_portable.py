"""Products leave as a file and come back from one, seen first and written whole or not at all."""

import io
import json
import time
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.actions import CatalogAction
from catalog.bulk import portable
from catalog.bulk.imports.files import FORMATS, CsvFile, guarded, unguarded
from catalog.models import Product, Variant
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.factories.staff import messages_of, staff_client

pytestmark = pytest.mark.django_db

CSV, XLSX, JSON = range(3)
IMPORT, EXPORT = reverse("admin:catalog_product_import"), reverse("admin:catalog_product_export")
CONFIRM, LIST = reverse("admin:catalog_product_process_import"), reverse("admin:catalog_product_changelist")


@pytest.fixture
def staff() -> Client:
    return staff_client()


def look(client: Client, content: str | bytes, kind: int = CSV) -> HttpResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"import_file": SimpleUploadedFile("products", data), "format": kind, "resource": 0})


def confirm(client: Client, seen: HttpResponse) -> HttpResponse:
    return client.post(CONFIRM, seen.context["confirm_form"].initial)


def export(client: Client, kind: int = CSV, query: str = "") -> bytes:
    response = client.post(EXPORT + query, {"format": kind, "resource": 0})
    assert "attachment" in response.headers.get("Content-Disposition", ""), messages_of(response)
    return response.content


def table(*rows: dict[str, Any]) -> str:
    """A JSON file of these rows."""
    return json.dumps(rows)


def outcomes(response: HttpResponse) -> list[str]:
    return [str(line.outcome) for line in response.context["result"].lines]


def errors(response: HttpResponse) -> list[tuple[str, str]]:
    return [(error.field, error.code) for line in response.context["result"].lines for error in line.errors]


def refusal(response: HttpResponse) -> str:
    """What the page says of the whole file."""
    result = response.context.get("result")
    whole = [str(error.error) for error in result.base_errors] if result else []
    return " ".join([*whole, *response.context["form"].errors.get("import_file", [])])


def a_varied_catalogue() -> None:
    """A product in two sizes, with all that its columns can hold, and a draft with nothing but what it needs."""
    product = ProductFactory(
        name_en="=Glass",
        name_fr="'Verre",
        description_en="First line\r\nSecond, line",
        description_ar="-كأس",
        tags=["tea", "gift"],
        attributes={"litres": 1.5, "safe": True, "made of": "glass"},
        brand="+Nour",
    )
    size = OptionTypeFactory()
    for code in ("s", "m"):
        value = OptionValueFactory(option_type=size, code=code, name_en=code.upper())
        variant = VariantFactory(
            product=product, sku=f"00{code}", currency="TND", price_minor=99_900, cost_minor=50_005
        )
        VariantOptionFactory(variant=variant, value=value)
    VariantFactory(
        product=ProductFactory(is_active=False, name_fr=None, name_ar=""), compare_at_minor=2500, length_mm=12
    )


def written() -> tuple[list[Any], list[Any]]:
    return list(Product.objects.order_by("id").values()), list(Variant.objects.order_by("id").values())


@pytest.mark.parametrize("kind", [CSV, XLSX, JSON])
def test_a_file_that_comes_back_as_it_left_changes_nothing(staff: Client, kind: int) -> None:
    a_varied_catalogue()
    before = written()

    seen = look(staff, export(staff, kind), kind)

    assert outcomes(seen) == ["unchanged"] * 3
    assert "nothing to import" in seen.content.decode()
    confirm(staff, seen)
    assert written() == before


def test_texts_that_a_spreadsheet_would_calculate_leave_harmless(staff: Client) -> None:
    a_varied_catalogue()

    text = export(staff, CSV).decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(export(staff, XLSX))).active

    assert "'=Glass" in text
    assert "'+Nour" in text
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "'=1", "'", "plain", "it's", "", "''"])
def test_the_guard_against_formulas_comes_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_prices_leave_as_numbers_of_their_currency(staff: Client) -> None:
    VariantFactory(sku="DINAR", price_minor=99_900, currency="TND")

    [row] = json.loads(export(staff, JSON))

    assert (row["price"], row["currency"]) == ("99.900", "TND")


def test_options_leave_readable(staff: Client) -> None:
    VariantOptionFactory(variant=VariantFactory(), value=OptionValueFactory(code="m", name_en="M"))

    [row] = json.loads(export(staff, JSON))

    assert row["options"] == "Size: M"


def test_the_export_is_of_what_the_list_shows(staff: Client) -> None:
    VariantFactory(sku="SHOWN")
    VariantFactory(sku="DRAFT", product=ProductFactory(is_active=False))

    rows = json.loads(export(staff, JSON, "?is_active__exact=1"))

    assert [row["sku"] for row in rows] == ["SHOWN"]


def test_the_look_tells_what_would_change_and_writes_nothing(staff: Client) -> None:
    old = VariantFactory(sku="OLD", price_minor=1999, product__brand="Nour").product
    file = f"sku,name_en,category,price,brand\nNEW,Glass,{old.category.slug},12.50,\n"
    file += f"OLD,{old.name_en},{old.category.slug},9.90,Rif\n"
    before = written()

    seen = look(staff, file)

    assert outcomes(seen) == ["created", "updated"]
    changes = {change.column: (change.before, change.after) for change in seen.context["result"].lines[1].changes}
    assert changes == {"price": ("19.99", "9.90"), "brand": ("Nour", "Rif")}
    assert written() == before


def test_what_was_seen_is_written_once_confirmed(staff: Client) -> None:
    VariantFactory(sku="OLD")
    CategoryFactory(slug="glasses")
    new = {"sku": "NEW", "name_en": "Glass", "name_ar": "كأس", "category": "glasses", "price": 12.5, "tags": "Été, cup"}

    response = confirm(staff, look(staff, table(new, {"sku": "OLD", "price": "9.90", "currency": "EUR"}), JSON))

    assert response.headers["Location"] == LIST
    made, changed = Variant.objects.get(sku="NEW"), Variant.objects.get(sku="OLD")
    assert (made.price_minor, made.product.name_ar, made.product.tags) == (1250, "كأس", ["ete", "cup"])
    assert made.product.is_active is False
    assert (changed.price_minor, changed.currency) == (990, "EUR")


def test_one_wrong_row_keeps_the_whole_file_out(staff: Client) -> None:
    VariantFactory(sku="OLD", price_minor=1999)

    seen = look(staff, table({"sku": "OLD", "price": "5"}, {"sku": "NEW", "name_en": "Glass"}), JSON)

    assert outcomes(seen) == ["updated", "refused"]
    assert "confirm_form" not in seen.context
    assert Variant.objects.get().price_minor == 1999


def test_what_became_wrong_since_the_look_is_not_written(staff: Client) -> None:
    one, other = VariantFactory(sku="ONE", price_minor=1999), VariantFactory(sku="OTHER")
    seen = look(staff, table({"sku": "ONE", "price": "5"}, {"sku": "OTHER", "slug": "free"}), JSON)
    ProductFactory(slug="free")

    response = confirm(staff, seen)

    assert errors(response) == [("slug", "slug_taken")]
    one.refresh_from_db()
    other.product.refresh_from_db()
    assert one.price_minor == 1999


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"price": "19,99"}, ("price", "invalid_amount")),
        ({"price": "19.999"}, ("price", "too_many_decimals")),
        ({"price": ""}, ("price", "invalid_amount")),
        ({"price": "-1"}, ("price", "invalid_amount")),
        ({"price": "5", "currency": "ZZZ"}, ("currency", "unknown_currency")),
        ({"currency": "EUR"}, ("currency", "currency_without_price")),
        ({"compare_at_price": "1"}, ("compare_at_price", "compare_at_too_low")),
        ({"category": "nowhere"}, ("category", "unknown_category")),
        ({"name_en": ""}, ("name_en", "blank")),
        ({"is_featured": "perhaps"}, ("is_featured", "invalid")),
        ({"weight_grams": "heavy"}, ("weight_grams", "invalid")),
        ({"attributes": "{"}, ("attributes", "not_an_object")),
        ({"options": "Size: XL"}, ("options", "options_differ")),
        ({"is_active": "true"}, ("is_active", "not_ready_for_sale")),
    ],
)
def test_a_wrong_cell_is_named(staff: Client, cells: dict[str, str], error: tuple[str, str]) -> None:
    VariantFactory(sku="OLD", product=ProductFactory(is_active=False))

    assert errors(look(staff, table({"sku": "OLD", **cells}), JSON)) == [error]


def test_two_rows_may_not_say_two_things_of_one_product(staff: Client) -> None:
    product = ProductFactory()
    VariantFactory(product=product, sku="A")
    VariantFactory(product=product, sku="B")

    seen = look(staff, table({"sku": "A", "brand": "One"}, {"sku": "B", "brand": "Other"}), JSON)

    assert errors(seen) == [("brand", "contradiction")]


def test_the_variants_of_a_product_stay_in_one_currency(staff: Client) -> None:
    product = ProductFactory()
    VariantFactory(product=product, sku="A")
    VariantFactory(product=product, sku="B")

    seen = look(staff, table({"sku": "A", "price": "5", "currency": "EUR"}), JSON)

    assert errors(seen) == [("currency", "currency_mismatch")]


def test_an_sku_twice_in_a_file_is_refused(staff: Client) -> None:
    VariantFactory(sku="A")

    assert errors(look(staff, table({"sku": "A"}, {"sku": "A"}), JSON)) == [("sku", "duplicate_row")]


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        ("name_en\nGlass\n", CSV, "needs the column “sku”"),
        ("sku,colour\nA,red\n", CSV, "no column “colour”"),
        ("sku,sku\nA,B\n", CSV, "“sku” is there twice"),
        ("sku\nA,B\n", CSV, "Row 2 has more cells"),
        (b"sku\n\x81\x8d", CSV, "cannot be read"),
        ("no zip", XLSX, "cannot be read"),
        ('{"sku": "A"}', JSON, "list of objects"),
        ("[" * 100_000, JSON, "cannot be read"),
        ('[{"sku": "\\ud800"}]', JSON, "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_so(staff: Client, content: str | bytes, kind: int, told: str) -> None:
    assert told in refusal(look(staff, content, kind))


def test_a_text_that_no_database_takes_is_a_wrong_cell(staff: Client) -> None:
    assert errors(look(staff, table({"sku": "A\0"}), JSON)) == [("sku", "control_characters")]


def test_a_file_with_too_many_rows_is_told_so(staff: Client, settings: Any) -> None:
    settings.IMPORT_MAX_ROWS = 2

    assert "more than 2 rows" in refusal(look(staff, "sku\nA\nB\nC\n"))


@pytest.mark.parametrize("kind", [CSV, JSON])
def test_a_file_with_countless_columns_fills_no_memory_and_is_told_of_the_first(staff: Client, kind: int) -> None:
    names = [f"c{number}" for number in range(5_000)]
    file = ",".join(names) + "\nA\nB\n" if kind == CSV else table(dict.fromkeys(names, "A"))

    assert FORMATS[kind]().create_dataset(file).width <= 100
    assert "no column “c0”" in refusal(look(staff, file, kind))


def test_a_file_that_is_too_large_is_told_so(staff: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 5_242_880

    assert "larger than 5 MB" in refusal(look(staff, b"x" * (5_242_880 + 1)))


def workbook(sheet: str, **parts: bytes) -> bytes:
    """A workbook whose first sheet is written by hand."""
    whole = io.BytesIO()
    book = openpyxl.Workbook()
    book.save(whole)
    crafted = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(crafted, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = sheet.encode() if part == "xl/worksheets/sheet1.xml" else old.read(part)
            new.writestr(part, text)
        for name, content in parts.items():
            new.writestr(name, content)
    return crafted.getvalue()


def sheet_of(rows: str) -> str:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>{rows}</sheetData></worksheet>'
    )


def test_a_row_that_calls_itself_the_three_millionth_is_refused_at_once(staff: Client) -> None:
    far = sheet_of('<row r="3000000"><c r="A3000000" t="inlineStr"><is><t>A</t></is></c></row>')
    begun = time.monotonic()
    told = refusal(look(staff, workbook(far), XLSX))
    assert "goes on below row 20000" in told
    assert time.monotonic() - begun < 10


def test_rows_that_are_emptied_far_down_are_refused_too(staff: Client) -> None:
    empty = "".join(f'<row r="{number}"/>' for number in range(2, 20_010))
    assert "goes on below row" in refusal(look(staff, workbook(sheet_of(empty)), XLSX))


@pytest.mark.parametrize("kind", [CSV, JSON])
def test_countless_empty_rows_are_refused(staff: Client, kind: int) -> None:
    file = "sku\n" + "\n" * 2_000_000 if kind == CSV else "[" + ",".join(["{}"] * 1_000_000) + "]"
    assert "goes on below row" in refusal(look(staff, file, kind))


@pytest.mark.parametrize(
    "bomb",
    [
        workbook(sheet_of(""), **{"xl/sharedStrings.xml": b"<sst>" + b"<si><t>a</t></si>" * 1_000_000 + b"</sst>"}),
        workbook(sheet_of("".join('<row r="1"/>' for _ in range(500_000)))),
        workbook(sheet_of(""), **{f"xl/worksheets/more{number}.xml": b"x" for number in range(1_100)}),
    ],
    ids=["strings", "rows", "parts"],
)
def test_a_workbook_that_was_made_to_fill_the_memory_is_not_unpacked(staff: Client, bomb: bytes) -> None:
    assert len(bomb) < 500_000
    assert "workbook is too large" in refusal(look(staff, bomb, XLSX))


def test_a_line_without_an_end_and_nesting_without_a_bottom_are_told_so(staff: Client) -> None:
    assert refusal(look(staff, "sku\n" + "A" * 4_000_000))
    assert refusal(look(staff, "[" * 200_000, JSON))


def test_too_many_variants_do_not_leave_at_once(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    VariantFactory.create_batch(2)
    monkeypatch.setattr(portable, "MOST_ROWS", 1)

    response = staff.post(EXPORT, {"format": CSV, "resource": 0})

    assert messages_of(response) == ["These are more than 1 variants. Narrow the list by a filter or a search first."]


def test_semicolons_and_blank_rows_of_a_spreadsheet_are_read() -> None:
    dataset = CsvFile().create_dataset(b"SKU;Price\nA;1\n;\nB;2\n;\n")

    assert (dataset.headers, len(dataset)) == (["sku", "price"], 3)


def test_rows_keep_the_numbers_that_the_spreadsheet_gives_them(staff: Client) -> None:
    seen = look(staff, "sku,name_en\n\nA,\nB,\n")

    assert [line.number for line in seen.context["result"].lines] == [3, 4]


def test_a_file_can_be_confirmed_once_and_not_by_its_place(staff: Client) -> None:
    VariantFactory(sku="A")
    seen = look(staff, table({"sku": "A", "brand": "Nour"}), JSON)
    confirm(staff, seen)

    again = confirm(staff, seen)
    elsewhere = staff.post(CONFIRM, {"import_file_name": "../etc/passwd", "original_file_name": "x", "format": "9"})

    assert again.headers["Location"] == elsewhere.headers["Location"] == IMPORT


@pytest.mark.parametrize(
    ("permissions", "may_import", "may_export"),
    [
        (("catalog.view_product",), False, True),
        (("catalog.view_product", "catalog.change_product"), False, True),
        (("catalog.view_product", "catalog.change_product", "catalog.add_product"), False, True),
        ((*CatalogAction.IMPORT_PRODUCTS.permissions, "catalog.view_product"), True, True),
        (("orders.view_order",), False, False),
    ],
)
def test_files_need_permissions(permissions: tuple[str, ...], may_import: bool, may_export: bool) -> None:
    client = staff_client(*permissions)

    assert (client.get(IMPORT).status_code == 200, client.get(EXPORT).status_code == 200) == (may_import, may_export)
    assert client.post(CONFIRM).status_code == (302 if may_import else 403)
    if may_export:
        page = client.get(LIST).content.decode()
        assert (IMPORT in page, EXPORT in page) == (may_import, may_export)


def test_the_pages_open_in_every_language(staff: Client) -> None:
    for language in ("en", "fr", "ar"):
        staff.cookies["django_language"] = language
        assert staff.get(IMPORT).status_code == staff.get(EXPORT).status_code == 200


def queries(client: Client, count: int) -> tuple[int, int]:
    """The queries of an export and of the look at its change, for this many products."""
    Product.objects.all().delete()
    VariantFactory.create_batch(count)
    cache.clear()
    with CaptureQueriesContext(connection) as leaving:
        rows = json.loads(export(client, JSON))
    with CaptureQueriesContext(connection) as looking:
        seen = look(client, table(*[row | {"brand": "Nour", "price": "3"} for row in rows]), JSON)
    assert outcomes(seen) == ["updated"] * count
    return len(leaving), len(looking)


def test_ten_products_cost_as_many_queries_as_two(staff: Client) -> None:
    assert queries(staff, 2) == queries(staff, 10)


def test_formats_are_the_three_that_are_offered(staff: Client) -> None:
    assert [made().get_extension() for made in FORMATS] == ["csv", "xlsx", "json"]


# --- What is changed by hand on the way ------------------------------------------------------------

ODD = ["9", "-1", "x", "", "9" * 5_000, "../../etc/passwd", "1\0", "٢"]


def said(response: HttpResponse) -> str:
    """What the page that follows says, which is the one to choose a file on."""
    assert response.redirect_chain == [(IMPORT, 302)]
    [message] = messages_of(response)
    return str(message)


def tampered(client: Client, kind: int = JSON, **changes: Any) -> HttpResponse:
    """The answer to a confirmation that is not what the look has asked for."""
    VariantFactory(sku="A")
    file = table({"sku": "A", "brand": "Nour"}) if kind == JSON else "sku,brand\nA,Nour\n"
    return client.post(CONFIRM, look(client, file, kind).context["confirm_form"].initial | changes, follow=True)


def brands() -> list[str]:
    return list(Product.objects.values_list("brand", flat=True))


@pytest.mark.parametrize("name", [*ODD, "0" * 32, "/etc/passwd", "..\\..\\secret"])
def test_another_files_name_finds_no_file(staff: Client, name: str) -> None:
    assert said(tampered(staff, import_file_name=name)) == "The file is no longer here. Choose it again."
    assert brands() == [""]


@pytest.mark.parametrize("kind", ODD)
def test_a_format_that_there_is_not_is_told_so(staff: Client, kind: str) -> None:
    assert said(tampered(staff, format=kind)) == "There is no such format. Choose the file again."
    assert brands() == [""]


@pytest.mark.parametrize(("kind", "as_kind"), [(CSV, XLSX), (CSV, JSON), (JSON, XLSX)])
def test_a_format_that_the_file_has_not_is_told_so(staff: Client, kind: int, as_kind: int) -> None:
    assert said(tampered(staff, kind, format=as_kind)).startswith("This file cannot be read.")
    assert brands() == [""]


def test_a_format_that_makes_other_columns_of_the_file_is_told_so(staff: Client) -> None:
    assert "needs the column “sku”" in refusal(tampered(staff, JSON, format=CSV))
    assert brands() == [""]


@pytest.mark.parametrize("resource", [one for one in ODD if one])
def test_another_kind_of_rows_is_told_so(staff: Client, resource: str) -> None:
    assert said(tampered(staff, resource=resource)) == "Only products come in here. Choose the file again."
    assert brands() == [""]


def test_a_file_that_can_not_be_read_as_confirmed_can_still_be_confirmed(staff: Client) -> None:
    VariantFactory(sku="A")
    seen = look(staff, table({"sku": "A", "brand": "Nour"}), JSON)
    staff.post(CONFIRM, seen.context["confirm_form"].initial | {"format": XLSX})
    confirm(staff, seen)
    assert brands() == ["Nour"]


@pytest.mark.parametrize("field", ["format", "resource"])
@pytest.mark.parametrize("odd", [one for one in ODD if one])
def test_no_page_of_files_fails_for_an_odd_choice(staff: Client, field: str, odd: str) -> None:
    VariantFactory()
    said = {"format": JSON, "resource": 0} | {field: odd}
    assert staff.post(IMPORT, {"import_file": SimpleUploadedFile("products", b"[]"), **said}).status_code == 200
    assert "attachment" not in staff.post(EXPORT, said).headers.get("Content-Disposition", "")
