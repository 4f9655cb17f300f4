"""Many products in one call: what is saved, what is refused, and what two calls at once do."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.actions import CatalogAction
from catalog.bulk.services import MAX_ROWS
from catalog.models import Product, Variant
from core.models import IdempotentRequest
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import CategoryFactory, VariantFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

URL = f"{V1}/bulk/products"


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


def row(sku: str, **changes: Any) -> dict[str, Any]:
    """A row that is enough for a new product."""
    category = changes.pop("category", None) or CategoryFactory().slug
    return {"sku": sku, "name_en": f"Glass {sku}", "category": category, "base_price": "12.50", **changes}


def upsert(client: APIClient, *rows: Any, query: str = "", **headers: str) -> Any:
    return client.post(URL + query, {"rows": rows}, headers=headers)


def outcomes(data: Any) -> list[str]:
    return [one["outcome"] for one in data["rows"]]


def errors(one: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in one["errors"]]


def test_rows_add_and_change_products_by_sku(staff: APIClient) -> None:
    VariantFactory(sku="OLD", price_minor=100)
    data = given(upsert(staff, row("NEW", brand="Nour"), {"sku": "OLD", "base_price": "9.90", "brand": "Nour"}))
    assert outcomes(data) == ["created", "updated"]
    assert (data["created"], data["updated"], data["unchanged"], data["refused"]) == (1, 1, 0, 0)
    new, old = Variant.objects.get(sku="NEW"), Variant.objects.get(sku="OLD")
    assert (new.price_minor, old.price_minor) == (1250, 990)
    assert (new.product.brand, old.product.brand) == ("Nour", "Nour")
    assert data["rows"][0]["product_id"] == str(new.product_id)


def test_rows_are_known_by_their_key_in_the_source(staff: APIClient) -> None:
    mine = {"source": "erp", "source_key": "4711"}
    given(upsert(staff, row("A", **mine)))
    assert outcomes(given(upsert(staff, {**mine, "base_price": "1.00"}))) == ["updated"]
    assert Variant.objects.get().price_minor == 100


def test_the_same_rows_again_change_nothing(staff: APIClient) -> None:
    rows = [row("A"), row("B")]
    given(upsert(staff, *rows))
    before = list(Product.objects.order_by("pk").values_list("pk", "updated_at"))
    assert outcomes(given(upsert(staff, *rows))) == ["unchanged", "unchanged"]
    assert list(Product.objects.order_by("pk").values_list("pk", "updated_at")) == before


def test_a_changed_name_is_found_and_shown_in_every_language(staff: APIClient) -> None:
    variant = VariantFactory(sku="A")
    headers = {"accept-language": "fr"}
    given(upsert(staff, {"sku": "A", "name_en": "Cup", "name_fr": "Tasse", "name_ar": "كوب"}, **headers))
    stored = Product.objects.filter(pk=variant.product_id).values("name_en", "name_fr", "name_ar", "search_text").get()
    assert (stored["name_en"], stored["name_fr"], stored["name_ar"]) == ("Cup", "Tasse", "كوب")
    assert "tasse" in stored["search_text"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM catalog_product WHERE id = %s", [variant.product_id])
        assert cursor.fetchone() == ("Cup",)


def test_a_plain_price_stays_in_the_currency_of_its_product(staff: APIClient) -> None:
    VariantFactory(sku="DINAR", currency="TND", price_minor=1_000)
    given(upsert(staff, {"sku": "DINAR", "base_price": "9.125"}, row("DOLLAR")))
    assert Variant.objects.get(sku="DINAR").price_minor == 9_125
    assert Variant.objects.get(sku="DOLLAR").currency == "USD"


def test_two_variants_of_a_product_are_changed_by_two_rows(staff: APIClient) -> None:
    first = VariantFactory(sku="M")
    VariantFactory(sku="L", product=first.product)
    given(upsert(staff, {"sku": "M", "base_price": "1", "brand": "Nour"}, {"sku": "L", "base_price": "2"}))
    assert list(Variant.objects.order_by("price_minor").values_list("sku", "price_minor")) == [("M", 100), ("L", 200)]
    assert Product.objects.get().brand == "Nour"


def test_good_rows_are_saved_and_bad_ones_named(staff: APIClient) -> None:
    taken = VariantFactory(sku="TAKEN", product__slug="taken")
    two = VariantFactory(product__source="erp", product__source_key="two")
    VariantFactory(product=two.product)
    response = upsert(
        staff,
        row("GOOD"),
        {"sku": "NEW"},
        row("MONEY", base_price="twelve"),
        row("PLACE", category="nowhere"),
        row("GOOD"),
        {"name_en": "Nothing to know it by"},
        row("SLUG", slug="taken"),
        row("DEAR", base_price="99999999999999"),
        row("COMPARE", compare_at_price="1.00"),
        "not a row",
        {"source": "erp", "sku": "HALF"},
        row(taken.sku, source="erp", source_key="other"),
        {"source": "erp", "source_key": "two", "base_price": "1"},
    )
    data = given(response, 207)
    assert outcomes(data) == ["created", *["refused"] * 12]
    assert [errors(one) for one in data["rows"]] == [
        [],
        [("name_en", "required"), ("category", "required"), ("base_price", "required")],
        [("base_price", "invalid_amount")],
        [("category", "unknown_category")],
        [("sku", "duplicate_row")],
        [("sku", "required")],
        [("slug", "slug_taken")],
        [("base_price", "invalid_amount")],
        [("compare_at_price", "compare_at_too_low")],
        [("body", "wrong_type")],
        [("source_key", "required")],
        [("sku", "sku_taken")],
        [("sku", "several_variants")],
    ]
    assert Product.objects.filter(variants__sku="GOOD").exists()
    assert Product.objects.count() == 3


def test_names_alike_get_addresses_of_their_own(staff: APIClient) -> None:
    VariantFactory(product__slug="cup")
    given(upsert(staff, row("A", name_en="Cup"), row("B", name_en="Cup")))
    assert Product.objects.filter(slug__startswith="cup").count() == 3


def test_atomic_saves_all_or_nothing(staff: APIClient) -> None:
    details = refused(upsert(staff, row("GOOD"), {"sku": "NEW"}, query="?atomic=true"), 422, "rows_refused")
    assert [one["index"] for one in details["rows"]] == [1]
    assert not Product.objects.exists()
    assert outcomes(given(upsert(staff, row("GOOD"), query="?atomic=true"))) == ["created"]


def test_nothing_good_is_an_error(staff: APIClient) -> None:
    details = refused(upsert(staff, {"sku": "A"}, {}), 422, "rows_refused")
    assert [one["index"] for one in details["rows"]] == [0, 1]


@pytest.mark.parametrize("body", [{}, {"rows": []}, {"rows": {}}, {"rows": None}, [], {"rows": [{}] * (MAX_ROWS + 1)}])
def test_a_body_without_rows_or_with_too_many_is_refused(staff: APIClient, body: Any) -> None:
    assert "rows" in faulty(staff.post(URL, body))


def test_a_body_too_large_is_refused_unread(staff: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    refused(upsert(staff, row("A", description_en="x" * 1_000)), 413, "body_too_large")


def test_only_staff_who_may_add_and_change_products(api: APIClient) -> None:
    refused(upsert(api, row("A")), 401, "not_authenticated")
    refused(upsert(client_of(UserFactory()), row("A")), 403, "not_allowed")
    refused(upsert(client_of(colleague("catalog.change_product")), row("A")), 403, "not_allowed")
    refused(upsert(client_of(colleague("catalog.add_product", "catalog.change_product")), row("A")), 403, "not_allowed")
    assert not Product.objects.exists()
    given(upsert(client_of(colleague(*CatalogAction.IMPORT_PRODUCTS.permissions)), row("A")))


def test_the_same_call_with_its_key_again_gets_the_first_answer(staff: APIClient) -> None:
    rows = [row("A"), {"sku": "B"}]
    first = upsert(staff, *rows, **{"idempotency-key": "k1"})
    again = upsert(staff, *rows, **{"idempotency-key": "k1"})
    assert again["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (207, first.content)
    assert IdempotentRequest.objects.count() == Product.objects.count() == 1


def queries_of(staff: APIClient, count: int) -> int:
    CategoryFactory.create_batch(3)
    category = CategoryFactory().slug
    old = [VariantFactory().sku for _ in range(count)]
    rows = [
        row(f"N{count}-{number}", category=category, source="erp", source_key=f"{count}-{number}")
        for number in range(count)
    ]
    with CaptureQueriesContext(connection) as queries:
        given(upsert(staff, *rows, *[{"sku": sku, "name_en": f"{sku} new", "base_price": "3"} for sku in old]))
    return len(queries)


def test_queries_are_few_and_do_not_grow_with_the_rows(staff: APIClient) -> None:
    assert (queries_of(staff, 2), queries_of(staff, 40)) == (17, 17)


def test_junk_in_rows_breaks_nothing(staff: APIClient) -> None:
    junk = [None, True, 1.5, [], {}, "x" * 10_000, {"amount": []}, 10**30]
    rows = [dict.fromkeys(row("A"), value) | {"source": value, "source_key": value} for value in junk]
    response = staff.generic("POST", URL, json.dumps({"rows": [*rows, *junk]}), "application/json")
    refused(response, 422, "rows_refused")
