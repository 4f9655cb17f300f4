"""Product bodies as other shops' documents write them, and what is refused of their like."""

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.actions import CatalogAction
from catalog.models import Category, Product
from inventory.models import StockItem
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import CategoryFactory, ProductImageFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

BODIES = Path(__file__).parent / "bodies"
PICTURE = "https://pictures.example/tea.webp"


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


def post_text(staff: APIClient, body: str) -> Any:
    return staff.post(f"{V1}/products", body.encode(), content_type="application/json")


def post(staff: APIClient, **changes: Any) -> Any:
    return staff.post(f"{V1}/products", {"name": "Tea", "sku": "TEA-1", "price": 5} | changes)


def test_a_price_as_number_and_a_category_by_name_make_a_draft_with_stock(staff: APIClient, api: APIClient) -> None:
    made = given(post_text(staff, (BODIES / "test_product.json").read_text()), 201)

    assert (made["sku"], made["name_en"], made["description_en"]) == ("TEST-001", "Test Product", "A test product")
    assert made["price"] == {"amount": "99.99", "currency": "USD"}
    assert (made["category"]["name"], made["category"]["slug"]) == ("Electronics", "electronics")
    [image] = made["images"]
    assert (image["url"], image["public_id"], image["alt"], image["is_primary"]) == (
        "https://via.placeholder.com/400",
        "test_main",
        "Test product",
        True,
    )
    assert made["variants"][0]["available"] == 10
    assert made["is_active"] is False
    refused(api.get(f"{V1}/products/{made['slug']}"), 404, "not_found")
    assert given(staff.patch(f"{V1}/products/{made['slug']}", {"is_active": True}))["is_active"] is True
    assert given(api.get(f"{V1}/products/{made['slug']}"))["in_stock"] is True


def test_three_names_and_a_base_price_make_a_draft_among_the_unsorted(staff: APIClient, api: APIClient) -> None:
    made = given(post_text(staff, (BODIES / "three_languages.json").read_text()), 201)

    assert (made["sku"], made["name_ar"], made["name_fr"]) == ("TEST-001", "منتج تجريبي", "Produit Test")
    assert (made["price"]["amount"], made["images"], made["is_active"]) == ("100.00", [], False)
    assert made["category"]["slug"] == "unsorted"
    details = refused(staff.patch(f"{V1}/products/{made['slug']}", {"is_active": True}), 422, "not_ready_for_sale")
    assert details["lacking"] == ["picture"]
    assert set(details["fields"]) == {"is_active"}
    assert given(api.get(f"{V1}/categories")) == []


def test_a_category_is_found_by_its_name_in_any_language(staff: APIClient) -> None:
    teas = CategoryFactory(name_en="Teas", name_fr="Thés", name_ar="شاي")
    for number, name in enumerate(["teas", "THÉS", "شاي", teas.slug, str(teas.pk)]):
        assert given(post(staff, sku=f"T-{number}", category=name), 201)["category"]["id"] == str(teas.pk)
    assert Category.objects.count() == 1


def test_a_name_of_two_categories_is_refused(staff: APIClient) -> None:
    CategoryFactory.create_batch(2, name_en="Teas")
    assert "category" in faulty(post(staff, category="Teas"))
    assert not Product.objects.exists()


def test_who_may_not_add_categories_names_one_that_is_there() -> None:
    client = client_of(colleague(*CatalogAction.ADD_PICTURE_OF_NEW_PRODUCT.permissions))
    assert "category" in faulty(post(client, category="Electronics"))
    assert not Category.objects.exists()
    given(post(client), 201)


def test_who_may_not_add_stock_adds_none() -> None:
    client = client_of(colleague(*CatalogAction.ADD_PICTURE_OF_NEW_PRODUCT.permissions))
    refused(post(client, stock_quantity=5), 403, "not_allowed")
    assert not Product.objects.exists()
    assert not StockItem.objects.exists()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('"price": 99.999', "price"),
        ('"price": 1e400', "price"),
        ('"price": 10000000000000000000000', "price"),
        ('"price": true', "price"),
        ('"price": []', "price"),
        ('"price": null', "price"),
        ('"price": "free"', "price"),
        ('"price": 5, "base_price": 6', "price"),
        ('"price": 5, "category": 7.5', "category"),
        ('"price": 5, "category": {}', "category"),
        ('"price": 5, "name_en": "Another"', "name"),
        ('"price": 5, "stock_quantity": -1', "stock_quantity"),
        ('"price": 5, "stock_quantity": 1.5', "stock_quantity"),
        ('"price": 5, "tags": "tea"', "tags"),
        ('"price": 5, "attributes": []', "attributes"),
        ('"price": 5, "attributes": {"size": {"in": 5}}', "attributes"),
        ('"price": 5, "attributes": {"size": 1e400}', "attributes"),
        ('"price": 5, "attributes": {"size": null}', "attributes"),
        ('"price": 5, "images": "x"', "images"),
        ('"price": 5, "images": [{"url": "javascript:alert(1)"}]', "images.0.url"),
        ('"price": 5, "images": [{"url": "https://a.example/1", "public_id": "no space"}]', "images.0.public_id"),
        (
            '"price": 5, "primary_image_url": "https://a.io", "images": [{"url": "https://b.io", "is_primary": true}]',
            "primary_image_url",
        ),
        ('"description": "no price"', "base_price"),
    ],
)
def test_what_is_wrong_is_named(staff: APIClient, text: str, field: str) -> None:
    details = faulty(post_text(staff, f'{{"name": "Tea", "sku": "TEA-1", {text}}}'))
    assert set(details) == {field}
    assert not Product.objects.exists()


def test_what_is_no_number_of_json_is_refused(staff: APIClient) -> None:
    refused(post_text(staff, '{"name": "Tea", "sku": "TEA-1", "price": NaN}'), 400, "parse_error")


@pytest.mark.parametrize("price", [-1, 10**11])
def test_a_price_out_of_range_is_refused(staff: APIClient, price: int) -> None:
    assert refused(post(staff, price=price), 422, "invalid_amount")["fields"].keys() == {"base_price"}


def test_a_public_id_is_one_pictures_alone(staff: APIClient) -> None:
    taken = ProductImageFactory(public_id="main").public_id
    details = refused(post(staff, images=[{"url": PICTURE, "public_id": taken}]), 422, "public_id_taken")
    assert set(details["fields"]) == {"images"}


def test_the_fields_that_a_product_may_have_come_back(staff: APIClient, api: APIClient) -> None:
    body = {
        "tags": ["Thé ", "the", "Gift Idea"],
        "attributes": {"material": "copper", "litres": 1.5, "cups": 4, "electric": False},
        "seo_title_en": "Buy tea",
        "seo_description_fr": "Du thé",
        "is_digital": True,
        "length_mm": 100,
        "width_mm": 50,
        "height_mm": 20,
        "cost_price": "2.50",
        "is_active": True,
        "primary_image_url": PICTURE,
        "category": "Teas",
    }
    made = given(post(staff, **body), 201)
    shown = given(api.get(f"{V1}/products/{made['slug']}"))

    assert shown["tags"] == ["the", "gift idea"]
    assert shown["attributes"] == body["attributes"]
    assert (shown["seo_title"], shown["is_digital"]) == ("Buy tea", True)
    assert [shown["variants"][0][side] for side in ("length_mm", "width_mm", "height_mm")] == [100, 50, 20]
    assert "cost_price" not in shown["variants"][0]
    assert made["variants"][0]["cost_price"] == {"amount": "2.50", "currency": "USD"}
    assert given(staff.get(f"{V1}/products/{made['slug']}"))["variants"][0]["cost_price"]["amount"] == "2.50"


def test_a_cost_in_another_currency_is_refused(staff: APIClient) -> None:
    cost = {"amount": 1, "currency": "EUR"}
    assert refused(post(staff, cost_price=cost), 422, "currency_mismatch")["fields"].keys() == {"cost_price"}


@pytest.mark.parametrize("currency", [{}, [], ["USD"], {"code": "USD"}, 5, True])
def test_a_currency_of_another_type_is_refused(staff: APIClient, currency: Any) -> None:
    assert faulty(post(staff, currency=currency))["currency"]["code"] == "wrong_type"


@pytest.mark.parametrize("tags", [{}, [{}], [[]], [{"a": ["b"]}], "tea", [1], [None], [True]])
def test_tags_are_a_list_of_texts(staff: APIClient, tags: Any) -> None:
    assert all(path.startswith("tags") for path in faulty(post(staff, tags=tags)))


@pytest.mark.parametrize("attributes", [[], [{}], "a", {"a": {}}, {"a": []}, {"a": None}, {"": 1}, {"\u200b": 1}, 5])
def test_attributes_are_names_with_plain_values(staff: APIClient, attributes: Any) -> None:
    assert set(faulty(post(staff, attributes=attributes))) == {"attributes"}
