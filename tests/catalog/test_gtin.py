"""The number below a variant's bar code: how it is read, refused, found and shown."""

from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from catalog.bulk.matrix import CellErrors, VariantRow, update_variants
from catalog.bulk.portable import export_rows, import_rows
from catalog.gtins import is_gtin, same_gtin, validate_gtin
from catalog.models import Product, Variant
from catalog.search.rows import refresh_marked
from tests.api import V1, client_of, codes_of, given
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import ProductFactory, VariantFactory
from tests.factories.inventory import stocked_variant
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db
EAN_8, UPC_A, EAN_13, GTIN_14 = "40170725", "012345678905", "4006381333931", "14006381333938"
ALL = (EAN_8, UPC_A, EAN_13, GTIN_14)
# A digit too few, a wrong check digit, letters, zeros alone, and lengths between those that there are.
WRONG = ("400638133393", "4006381333932", "40063813339AB", "0000000000000", "123456789", "4006381333931400638", "x")


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


def variant_with(gtin: str | None, **values: Any) -> Variant:
    return stocked_variant(gtin=gtin, **values)


# --- What a GTIN is ------------------------------------------------------------------------------


@pytest.mark.parametrize("gtin", ALL)
def test_every_length_is_taken_with_its_check_digit(gtin: str) -> None:
    validate_gtin(gtin)
    assert Variant.objects.get(pk=variant_with(gtin).pk).gtin == gtin


@pytest.mark.parametrize("gtin", [*WRONG, ""])
def test_what_is_none_is_refused_in_python(gtin: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate_gtin(gtin)
    assert caught.value.code == "invalid_gtin"


@pytest.mark.parametrize("gtin", [*WRONG, "", " 4006381333931", "٤٠٠٦٣٨١٣٣٣٩٣١"])
def test_the_database_refuses_what_is_none(gtin: str) -> None:
    variant = stocked_variant()
    refusals = (IntegrityError, DataError)  # the latter for a number that is too long for its column
    with pytest.raises(refusals), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_variant SET gtin = %s WHERE id = %s", [gtin, variant.pk])


@pytest.mark.parametrize("last", range(10))
def test_database_and_python_agree_on_the_check_digit(last: int) -> None:
    for body in ("400638133393", "01234567890", "4017072", "1400638133393"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT catalog_is_gtin(%s)", [f"{body}{last}"])
            assert cursor.fetchone()[0] is is_gtin(f"{body}{last}")


@pytest.mark.parametrize(
    "typed",
    ["4 006381 333931", "4-006381-333931", "٤٠٠٦٣٨١٣٣٣٩٣١", "４００６３８１３３３９３１", "\u200f4006381333931"],
)
def test_it_is_stored_in_plain_digits_however_it_is_typed(typed: str) -> None:
    assert Variant.objects.get(pk=variant_with(typed).pk).gtin == EAN_13
    assert Variant.objects.filter(gtin=typed).exists()


def test_many_variants_have_none_and_one_alone_has_a_gtin_in_any_length() -> None:
    for _number in range(2):
        variant_with(None)
        variant_with("")
    variant_with(UPC_A)
    assert same_gtin(UPC_A) == same_gtin(f"0{UPC_A}") == same_gtin(f"00{UPC_A}")
    for again in (UPC_A, f"0{UPC_A}", f"00{UPC_A}"):
        with pytest.raises(IntegrityError, match="catalog_variant_gtin_once"), transaction.atomic():
            variant_with(again)


# --- The API -------------------------------------------------------------------------------------


def address_of(variant: Variant) -> str:
    return f"{V1}/products/{variant.product_id}"


def test_the_api_takes_and_gives_it(staff: APIClient, api: APIClient) -> None:
    variant = stocked_variant()
    shown = given(staff.patch(address_of(variant), {"gtin": "4 006381 333931"}))
    assert shown["variants"][0]["gtin"] == EAN_13
    assert given(api.get(address_of(variant)))["variants"][0]["gtin"] == EAN_13
    for emptied in ("", None):
        staff.patch(address_of(variant), {"gtin": EAN_13})
        assert given(staff.patch(address_of(variant), {"gtin": emptied}))["variants"][0]["gtin"] is None


@pytest.mark.parametrize("gtin", WRONG)
def test_the_api_refuses_what_is_none(staff: APIClient, gtin: str) -> None:
    variant = stocked_variant()
    assert codes_of(staff.patch(address_of(variant), {"gtin": gtin}))["gtin"] == "invalid_gtin"
    assert Variant.objects.get(pk=variant.pk).gtin is None


def test_the_api_refuses_a_number_in_place_of_a_text(staff: APIClient) -> None:
    assert codes_of(staff.patch(address_of(stocked_variant()), {"gtin": 4006381333931}))["gtin"] == "wrong_type"


def test_the_api_refuses_one_that_another_variant_has(staff: APIClient) -> None:
    variant_with(UPC_A)
    other = stocked_variant()
    assert codes_of(staff.patch(address_of(other), {"gtin": f"0{UPC_A}"}), 422, "gtin_taken")["gtin"] == "gtin_taken"


def test_who_may_not_change_prices_changes_no_gtin() -> None:
    variant = stocked_variant()
    texts_only = client_of(colleague("catalog.change_product"))
    assert texts_only.patch(address_of(variant), {"gtin": EAN_13}).status_code == 403
    assert Variant.objects.get(pk=variant.pk).gtin is None


def test_a_list_is_narrowed_by_a_gtin_in_any_spelling(api: APIClient) -> None:
    variant, _other = variant_with(UPC_A), variant_with(EAN_13)
    for typed in (UPC_A, f"0{UPC_A}", "0 12345 67890 5"):
        assert [one["id"] for one in given(api.get(f"{V1}/products", {"gtin": typed}))] == [str(variant.product_id)]
    assert given(api.get(f"{V1}/products", {"gtin": EAN_8})) == []
    assert codes_of(api.get(f"{V1}/products", {"gtin": "12"}))["gtin"] == "invalid_gtin"


def test_a_changed_gtin_moves_the_product_and_its_version(staff: APIClient, api: APIClient) -> None:
    variant = stocked_variant()
    before = api.get(address_of(variant))
    with transaction.atomic():
        Variant.objects.filter(pk=variant.pk).update(gtin=EAN_13)
    after = api.get(address_of(variant))
    assert after["ETag"] != before["ETag"]
    assert given(after)["updated_at"] > given(before)["updated_at"]


# --- Many at once --------------------------------------------------------------------------------


def upsert(staff: APIClient, *rows: dict[str, Any]) -> Any:
    return staff.post(f"{V1}/bulk/products", {"rows": list(rows)})


def test_bulk_rows_set_it_and_name_the_rows_whose_gtin_is_taken(staff: APIClient) -> None:
    variant_with(UPC_A)
    one, two, three = stocked_variant(sku="ONE"), stocked_variant(sku="TWO"), stocked_variant(sku="THREE")
    answer = upsert(
        staff,
        {"sku": one.sku, "gtin": EAN_13},
        {"sku": two.sku, "gtin": f"0{EAN_13}"},
        {"sku": three.sku, "gtin": f"0{UPC_A}"},
    )
    outcomes = [(row["outcome"], [error["code"] for error in row["errors"]]) for row in given(answer, 207)["rows"]]
    assert outcomes == [("updated", []), ("refused", ["gtin_taken"]), ("refused", ["gtin_taken"])]
    assert upsert(staff, {"sku": one.sku, "gtin": EAN_13}).json()["data"]["rows"][0]["outcome"] == "unchanged"


def test_a_file_brings_it_and_takes_it_away() -> None:
    variant = stocked_variant(sku="CUP")
    with transaction.atomic():
        lines = import_rows(rows=[(2, {"sku": "CUP", "gtin": "4 006381 333931"})])
    assert [(change.column, change.after) for change in lines[0].changes] == [("gtin", EAN_13)]
    exported = export_rows(products=Product.objects.filter(pk=variant.product_id))
    assert exported[0]["gtin"] == EAN_13
    with transaction.atomic():
        assert import_rows(rows=[(2, {"sku": "CUP", "gtin": EAN_13})])[0].outcome == "unchanged"
        import_rows(rows=[(2, {"sku": "CUP", "gtin": ""})])
    assert Variant.objects.get(pk=variant.pk).gtin is None


@pytest.mark.parametrize(
    ("cell", "code"), [("4,00638E+12", "shortened_number"), (4006381333932, "invalid_gtin"), ("12", "invalid_gtin")]
)
def test_a_file_s_wrong_gtin_is_told_with_its_column(cell: Any, code: str) -> None:
    stocked_variant(sku="CUP")
    with transaction.atomic():
        (line,) = import_rows(rows=[(2, {"sku": "CUP", "gtin": cell})])
    assert [(error.field, error.code) for error in line.errors] == [("gtin", code)]


def test_a_number_of_a_spreadsheet_is_read() -> None:
    stocked_variant(sku="CUP")
    with transaction.atomic():
        (line,) = import_rows(rows=[(2, {"sku": "CUP", "gtin": 4006381333931.0})])
    assert line.outcome == "updated"


def grid_row(variant: Variant, gtin: str | None) -> VariantRow:
    return VariantRow(
        id=variant.pk,
        seen=variant.updated_at,
        sku=variant.sku,
        price=variant.price,
        compare_at=variant.compare_at,
        gtin=gtin,
        weight_grams=variant.weight_grams,
        is_active=variant.is_active,
    )


def two_of(product: Product) -> list[Variant]:
    VariantFactory(product=product, sku="A", gtin=EAN_13)
    VariantFactory(product=product, sku="B", gtin=UPC_A)
    return list(Variant.objects.filter(product=product).order_by("sku"))


def test_two_variants_swap_their_gtins_in_the_matrix() -> None:
    product: Product = ProductFactory()
    one, two = two_of(product)
    assert update_variants(product_id=product.pk, rows=[grid_row(one, UPC_A), grid_row(two, EAN_13)]) == 2
    assert dict(Variant.objects.values_list("sku", "gtin")) == {"A": UPC_A, "B": EAN_13}


@pytest.mark.parametrize(("gtin", "code"), [(f"0{UPC_A}", "gtin_taken"), ("12", "invalid_cell")])
def test_the_matrix_marks_the_cell_of_a_wrong_gtin(gtin: str, code: str) -> None:
    product: Product = ProductFactory()
    one, _two = two_of(product)
    with pytest.raises(CellErrors) as caught:
        update_variants(product_id=product.pk, rows=[grid_row(one, gtin)])
    cells: dict[tuple[UUID, str], Any] = dict(caught.value.cells)
    assert {name: error.code for (_id, name), error in cells.items()} == {"gtin": code}


# --- Shoppers and staff --------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [EAN_13, "4 006381 333931", "٤٠٠٦٣٨١٣٣٣٩٣١", "40063813", f"0{EAN_13}"])
def test_shoppers_find_it_in_any_spelling(client: Client, typed: str) -> None:
    variant = variant_with(EAN_13)
    refresh_marked()
    page = client.get("/en/search/", {"q": typed})
    assert variant.product.get_absolute_url() in page.content.decode()


def test_staff_finds_products_and_variants_by_it(admin_client: Client) -> None:
    variant = variant_with(UPC_A, is_active=True)
    for address in ("product", "variant"):
        page = admin_client.get(f"/admin/catalog/{address}/", {"q": UPC_A})
        assert variant.sku in page.content.decode(), address


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", "Bar code number (GTIN):"), ("fr", "Code-barres (GTIN)"), ("ar", "رقم الباركود (GTIN)")],
)
def test_the_page_shows_it_and_tells_search_engines(client: Client, language: str, label: str) -> None:
    variant = variant_with(EAN_13)
    text = client.get(f"/{language}/p/{variant.product.slug}/").content.decode()
    assert label in text
    assert f'<bdi dir="ltr">{EAN_13}</bdi>' in text
    assert text.count(f'"gtin": "{EAN_13}"') + text.count(f'"gtin":"{EAN_13}"') == 2  # the product's and its offer's


def test_the_page_of_a_variant_without_one_says_nothing(client: Client) -> None:
    text = client.get(f"/en/p/{stocked_variant().product.slug}/").content.decode()
    assert "GTIN" not in text
    assert '"gtin"' not in text
