"""The catalogue through the API: read by everybody, written by staff."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Category, Product
from checkout.selectors import quote_cart
from checkout.services.update_checkout import keep_units
from core import clock
from inventory.services import receive_stock
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import (
    CategoryFactory,
    ProductFactory,
    ProductImageFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.factories.checkout import cart_with, confirmed_order
from tests.factories.inventory import LocationFactory, stocked_variant

pytestmark = pytest.mark.django_db


def slugs(api: APIClient, **query: Any) -> list[str]:
    return [product["slug"] for product in given(api.get(f"{V1}/products", query))]


def test_the_tree_comes_depth_first_with_counts(api: APIClient) -> None:
    drinks = CategoryFactory(slug="drinks", name_ar="مشروبات")
    tea = CategoryFactory(slug="tea", parent=drinks)
    CategoryFactory(slug="bread")
    CategoryFactory(slug="hidden", is_active=False)
    stocked_variant(product__category=tea)
    tree = given(api.get(f"{V1}/categories", headers={"accept-language": "ar"}))
    assert [(node["slug"], node["depth"], node["product_count"]) for node in tree] == [
        ("drinks", 0, 1),
        ("tea", 1, 1),
        ("bread", 0, 0),
    ]
    assert (tree[0]["name"], tree[1]["parent_id"]) == ("مشروبات", str(drinks.pk))


def test_a_category_knows_where_it_is_by_slug_and_by_id(api: APIClient) -> None:
    root = CategoryFactory(slug="root")
    middle = CategoryFactory(slug="middle", parent=root)
    CategoryFactory(slug="leaf", parent=middle)
    found = given(api.get(f"{V1}/categories/middle"))
    assert [node["slug"] for node in found["ancestors"]] == ["root"]
    assert [node["slug"] for node in found["children"]] == ["leaf"]
    assert given(api.get(f"{V1}/categories/{middle.pk}")) == found


@pytest.mark.parametrize("slug", ["nothing", "hidden", "below-hidden"])
def test_a_category_that_shoppers_do_not_see_is_not_found(api: APIClient, slug: str) -> None:
    hidden = CategoryFactory(slug="hidden", is_active=False)
    CategoryFactory(slug="below-hidden", parent=hidden)
    refused(api.get(f"{V1}/categories/{slug}"), 404, "not_found")


def test_a_product_in_a_list_shows_its_cheapest_variant(api: APIClient) -> None:
    product = ProductFactory(slug="tea", name_fr="Thé", brand="Atlas")
    VariantFactory(product=product, sku="DEAR", price_minor=2500)
    VariantFactory(product=product, sku="CHEAP", price_minor=1500, compare_at_minor=2000)
    VariantFactory(product=product, sku="GONE", price_minor=1, is_active=False)
    ProductImageFactory(product=product, alt_fr="Un verre")
    [listed] = given(api.get(f"{V1}/products", headers={"accept-language": "fr"}))
    assert (listed["slug"], listed["sku"], listed["name"], listed["brand"]) == ("tea", "CHEAP", "Thé", "Atlas")
    assert listed["price"] == {"amount": "15.00", "currency": "USD"}
    assert listed["compare_at_price"] == {"amount": "20.00", "currency": "USD"}
    assert (listed["has_several_prices"], listed["in_stock"]) == (True, False)
    assert (listed["image"]["url"], listed["image"]["alt"]) == ("https://pictures.example/tea.webp", "Un verre")
    assert listed["category"]["id"] == str(product.category_id)


def test_a_product_is_found_by_slug_and_by_id_with_its_variants(api: APIClient) -> None:
    variant = stocked_variant(4, sku="TEA-M", product__slug="tea", weight_grams=250)
    VariantOptionFactory(variant=variant)
    VariantFactory(product=variant.product, is_active=False)
    product = given(api.get(f"{V1}/products/tea"))
    [offered] = product["variants"]
    assert (offered["sku"], offered["available"], offered["weight_grams"]) == ("TEA-M", 4, 250)
    assert offered["options"] == [{"option": "Size", "option_code": "size", "value": "M", "value_code": "m"}]
    assert (product["sku"], product["in_stock"], product["image"]["is_primary"]) == ("TEA-M", True, True)
    assert product["name_ar"] == variant.product.name_ar
    assert given(api.get(f"{V1}/products/{variant.product_id}")) == product
    assert given(api.get(f"{V1}/products/{str(variant.product_id).upper()}")) == product


def test_an_uploaded_picture_has_a_whole_address(api: APIClient) -> None:
    variant = stocked_variant()
    ProductImageFactory(product=variant.product, external_url="", file="products/tea.webp")
    [listed] = given(api.get(f"{V1}/products"))
    assert listed["image"]["url"] == "http://testserver/media/products/tea.webp"


@pytest.mark.parametrize("why", ["product", "category", "variant", "none"])
def test_what_is_not_on_sale_is_not_found(api: APIClient, why: str) -> None:
    product = ProductFactory(is_active=why != "product", category__is_active=why != "category")
    if why != "none":
        VariantFactory(product=product, is_active=why != "variant")
    assert slugs(api) == []
    refused(api.get(f"{V1}/products/{product.slug}"), 404, "not_found")


def test_reserved_units_are_not_in_stock(api: APIClient) -> None:
    variant = stocked_variant(1)
    confirmed_order(variant=variant)
    [listed] = given(api.get(f"{V1}/products"))
    assert listed["in_stock"] is False
    assert given(api.get(f"{V1}/products/{variant.product_id}"))["variants"][0]["available"] == 0


@pytest.fixture
def shelf() -> None:
    drinks = CategoryFactory(slug="drinks")
    tea = CategoryFactory(slug="tea", parent=drinks)
    stocked_variant(3, product__slug="mint", product__name_en="Mint", product__category=tea, price_minor=500)
    stocked_variant(0, product__slug="sage", product__name_en="Sage", product__brand="Atlas", product__category=drinks)
    stocked_variant(1, product__slug="bread", product__name_fr="Pain", sku="BR-1", price_minor=900)
    Product.objects.filter(slug="mint").update(created_at="2020-01-01T00:00:00Z")


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["bread", "sage", "mint"]),
        ({"ordering": "newest"}, ["bread", "sage", "mint"]),
        ({"ordering": "price"}, ["mint", "bread", "sage"]),
        ({"ordering": "-price"}, ["sage", "bread", "mint"]),
        ({"category": "drinks"}, ["sage", "mint"]),
        ({"category": "tea"}, ["mint"]),
        ({"q": "pain"}, ["bread"]),
        ({"q": "br-1"}, ["bread"]),
        ({"q": "nothing"}, []),
        ({"q": "!"}, []),
        ({"brand": "atlas"}, ["sage"]),
        ({"min_price": "9"}, ["bread", "sage"]),
        ({"min_price": "9.00", "max_price": "9.00"}, ["bread"]),
        ({"in_stock": "true"}, ["bread", "mint"]),
        ({"in_stock": "false"}, ["sage"]),
        ({"q": "mint", "category": "drinks", "in_stock": "true"}, ["mint"]),
        ({"page_size": 2, "page": 2}, ["mint"]),
    ],
)
def test_products_are_narrowed_and_sorted(api: APIClient, query: dict[str, Any], expected: list[str]) -> None:
    assert slugs(api, **query) == expected


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_price", "cheap"),
        ("max_price", "1e999"),
        ("min_price", "1.999"),
        ("min_price", "99999999999999999999"),
        ("category", "nothing"),
        ("category", "\x00"),
        ("ordering", "name"),
        ("q", "x" * 201),
        ("q", "\x00"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(api: APIClient, name: str, value: str) -> None:
    assert set(faulty(api.get(f"{V1}/products", {name: value}))) == {name}


def test_units_that_somebody_holds_are_not_in_stock_until_the_hold_has_run_out(api: APIClient) -> None:
    held = keep_units(quote=quote_cart(cart_with(stocked_variant(1, product__slug="tea")))).held_until
    assert held is not None
    assert (slugs(api, in_stock="true"), slugs(api, in_stock="false")) == ([], ["tea"])
    with clock.at(held):
        assert given(api.get(f"{V1}/products/tea"))["in_stock"] is True
        assert (slugs(api, in_stock="true"), slugs(api, in_stock="false")) == (["tea"], [])


def test_stock_in_a_closed_location_does_not_count(api: APIClient) -> None:
    variant = stocked_variant(0, product__slug="tea")
    receive_stock(variant_id=variant.pk, location=LocationFactory(code="closed", is_active=False), quantity=5)
    assert slugs(api, in_stock="true") == []
    assert given(api.get(f"{V1}/products/tea"))["in_stock"] is False


# --- Writing --------------------------------------------------------------------------------------


PICTURE = "https://pictures.example/tea.webp"


def new_product(**changes: Any) -> dict[str, Any]:
    return {
        "sku": "TEST-001",
        "name_en": "Test Product",
        "name_ar": "منتج تجريبي",
        "name_fr": "Produit Test",
        "base_price": 100.00,
        "category": "tea",
    } | changes


@pytest.fixture
def staff() -> APIClient:
    CategoryFactory(slug="tea")
    return client_of(StaffFactory())


def test_staff_add_a_product_that_can_be_bought(staff: APIClient, api: APIClient) -> None:
    body = new_product(compare_at_price="120", weight_grams=500, is_active=True, images=[{"url": PICTURE}])
    made = given(staff.post(f"{V1}/products", body), 201)
    assert (made["sku"], made["slug"], made["name_ar"]) == ("TEST-001", "test-product", "منتج تجريبي")
    assert (made["price"]["amount"], made["compare_at_price"]["amount"]) == ("100.00", "120.00")
    [variant] = made["variants"]
    receive_stock(variant_id=variant["id"], location=LocationFactory(), quantity=1)
    assert slugs(api, q="produit", category="tea") == ["test-product"]
    given(api.post(f"{V1}/cart/items", {"variant_id": variant["id"]}), 201)


@pytest.mark.parametrize(
    ("price", "amount", "currency"),
    [
        ({"amount": "99.9", "currency": "TND"}, "99.900", "TND"),
        ({"amount": 5, "currency": "JPY"}, "5", "JPY"),
        ("0.1", "0.10", "USD"),
        (0.1, "0.10", "USD"),
        (0, "0.00", "USD"),
    ],
)
def test_a_price_comes_as_number_text_or_object(staff: APIClient, price: Any, amount: str, currency: str) -> None:
    made = given(staff.post(f"{V1}/products", new_product(base_price=price)), 201)
    assert made["price"] == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sku": "TAKEN"}, 422, "sku_taken"),
        ({"slug": "taken"}, 422, "slug_taken"),
        ({"base_price": -1}, 422, "invalid_amount"),
        ({"compare_at_price": 100}, 422, "compare_at_too_low"),
        ({"compare_at_price": {"amount": 200, "currency": "EUR"}}, 422, "currency_mismatch"),
        ({"base_price": "1.999"}, 400, "validation_error"),
        ({"base_price": "free"}, 400, "validation_error"),
        ({"category": {}}, 400, "validation_error"),
        ({"name_en": " "}, 400, "validation_error"),
        ({"weight_grams": 2**31}, 400, "validation_error"),
        ({"slug": "no slug"}, 400, "validation_error"),
        ({"tax_class": "none"}, 400, "validation_error"),
    ],
)
def test_a_product_that_cannot_be_leaves_no_trace(
    staff: APIClient, changes: dict[str, Any], status: int, code: str
) -> None:
    VariantFactory(sku="TAKEN", product__slug="taken")
    refused(staff.post(f"{V1}/products", new_product(**changes)), status, code)
    assert Product.objects.count() == 1


def test_two_products_of_one_name_have_two_addresses(staff: APIClient) -> None:
    first, second = (given(staff.post(f"{V1}/products", new_product(sku=sku)), 201)["slug"] for sku in ("A", "B"))
    assert first == "test-product"
    assert second.startswith("test-product-")


def test_staff_change_what_is_given_and_nothing_else(staff: APIClient) -> None:
    variant = stocked_variant(price_minor=99_900, currency="TND", product__slug="mint", product__brand="Atlas")
    changed = given(staff.patch(f"{V1}/products/mint", {"base_price": "100", "name_fr": "Menthe"}))
    assert changed["price"] == {"amount": "100.000", "currency": "TND"}
    assert (changed["name_fr"], changed["brand"], changed["sku"]) == ("Menthe", "Atlas", variant.sku)


def test_a_withdrawn_product_is_found_by_staff_only(staff: APIClient, api: APIClient) -> None:
    product = stocked_variant(product__slug="mint").product
    given(staff.patch(f"{V1}/products/{product.pk}", {"is_active": False}))
    refused(api.get(f"{V1}/products/mint"), 404, "not_found")
    assert given(staff.get(f"{V1}/products/mint"))["is_active"] is False


def test_a_product_with_several_variants_has_no_price_of_its_own(staff: APIClient) -> None:
    variant = VariantFactory(product__slug="mint")
    VariantFactory(product=variant.product)
    details = refused(staff.patch(f"{V1}/products/mint", {"base_price": 1}), 422, "several_variants")
    assert set(details["fields"]) == {"base_price"}
    given(staff.patch(f"{V1}/products/mint", {"name_en": "Mint"}))


def test_only_what_was_never_stocked_is_deleted(staff: APIClient) -> None:
    VariantFactory(product__slug="new")
    stocked_variant(product__slug="stocked")
    assert given(staff.delete(f"{V1}/products/new")) is None
    refused(staff.delete(f"{V1}/products/stocked"), 409, "in_use")
    refused(staff.delete(f"{V1}/products/new"), 404, "not_found")
    assert [product.slug for product in Product.objects.all()] == ["stocked"]


def test_staff_build_a_tree_and_take_it_down(staff: APIClient, api: APIClient) -> None:
    green = given(staff.post(f"{V1}/categories", {"name_en": "Green tea", "parent": "tea"}), 201)
    assert [(node["slug"], node["depth"]) for node in given(api.get(f"{V1}/categories"))] == [
        ("tea", 0),
        ("green-tea", 1),
    ]
    assert refused(staff.patch(f"{V1}/categories/tea", {"parent": green["id"]}), 422, "ring")["fields"].keys() == {
        "parent"
    }
    refused(staff.patch(f"{V1}/categories/tea", {"parent": "tea"}), 422, "ring")
    refused(staff.delete(f"{V1}/categories/tea"), 409, "in_use")
    assert given(staff.patch(f"{V1}/categories/green-tea", {"parent": None, "is_active": False}))["parent_id"] is None
    given(staff.delete(f"{V1}/categories/{green['id']}"))
    given(staff.delete(f"{V1}/categories/tea"))


def test_a_category_with_products_is_not_deleted(staff: APIClient) -> None:
    stocked_variant(product__category__slug="full")
    refused(staff.delete(f"{V1}/categories/full"), 409, "in_use")


@pytest.mark.parametrize("who", ["stranger", "customer", "staff without permission"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "products"),
        ("patch", "products/mint"),
        ("delete", "products/mint"),
        ("post", "categories"),
        ("patch", "categories/tea"),
        ("delete", "categories/tea"),
    ],
)
def test_nobody_else_writes_the_catalogue(api: APIClient, who: str, method: str, path: str) -> None:
    VariantFactory(product__slug="mint", product__name_en="Mint", product__category__slug="tea")
    client = api if who == "stranger" else client_of(UserFactory(is_staff=who != "customer"))
    response = getattr(client, method)(f"{V1}/{path}", new_product(name_en="Stolen"))
    refused(response, *((401, "not_authenticated") if who == "stranger" else (403, "not_allowed")))
    assert (Product.objects.get().name_en, Category.objects.count()) == ("Mint", 1)
