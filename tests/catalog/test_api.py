"""The catalogue through the API, read by everybody."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Product
from inventory.services import receive_stock
from tests.api import V1, given, refused
from tests.factories.catalog import (
    CategoryFactory,
    ProductFactory,
    ProductImageFactory,
    VariantFactory,
    VariantOptionFactory,
)
from tests.factories.checkout import confirmed_order
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
    assert (product["sku"], product["in_stock"], product["image"]) == ("TEA-M", True, None)
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
    assert set(refused(api.get(f"{V1}/products", {name: value}), 400, "validation_error")) == {name}


def test_stock_in_a_closed_location_does_not_count(api: APIClient) -> None:
    variant = stocked_variant(0, product__slug="tea")
    receive_stock(variant_id=variant.pk, location=LocationFactory(code="closed", is_active=False), quantity=5)
    assert slugs(api, in_stock="true") == []
    assert given(api.get(f"{V1}/products/tea"))["in_stock"] is False
