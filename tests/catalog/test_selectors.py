"""What shoppers see of the catalogue, and how they find it."""

import pytest
from django.utils import translation

from catalog.models import Category, Product
from catalog.reads.summaries import product_summaries
from catalog.search.rows import refresh_rows
from catalog.selectors import (
    active_category,
    category_tree,
    descendant_ids,
    product_counts,
    products_in,
    related_products,
    search_products,
)
from tests.factories.catalog import CategoryFactory, ProductFactory, ProductImageFactory, VariantFactory

pytestmark = pytest.mark.django_db


def on_sale(**product: object) -> Product:
    return VariantFactory(product=ProductFactory(**product)).product


@pytest.fixture
def tree() -> dict[str, Category]:
    """Kitchen > Tea > Green tea, beside Bath."""
    kitchen = CategoryFactory(slug="kitchen", name_en="Kitchen")
    tea = CategoryFactory(slug="tea", name_en="Tea", parent=kitchen)
    green = CategoryFactory(slug="green-tea", name_en="Green tea", parent=tea)
    return {"kitchen": kitchen, "tea": tea, "green": green, "bath": CategoryFactory(slug="bath", name_en="Bath")}


def test_an_active_product_with_an_active_variant_is_on_sale() -> None:
    product = on_sale()
    assert list(Product.objects.on_sale()) == [product]


@pytest.mark.parametrize("hide", ["product", "category", "variant", "no_variant"])
def test_what_is_hidden_is_not_on_sale(hide: str) -> None:
    product = ProductFactory(is_active=hide != "product", category__is_active=hide != "category")
    if hide != "no_variant":
        VariantFactory(product=product, is_active=hide != "variant")
    assert not Product.objects.on_sale().exists()


def test_a_category_has_the_products_of_all_below_it(tree: dict[str, Category]) -> None:
    product = on_sale(category=tree["green"])
    assert list(products_in(descendant_ids(tree["kitchen"].pk))) == [product]
    assert list(products_in(descendant_ids(tree["bath"].pk))) == []


def test_an_active_category_brings_the_ids_of_all_below_it(tree: dict[str, Category]) -> None:
    found = active_category(tree["kitchen"].slug)
    assert found is not None
    assert set(found.subtree) == set(descendant_ids(tree["kitchen"].pk)) > {tree["kitchen"].pk}


def test_related_products_are_the_newest_others_on_sale_of_the_category(tree: dict[str, Category]) -> None:
    product, *others = [on_sale(category=tree["tea"]) for _ in range(6)]
    ProductFactory(category=tree["tea"])  # without a variant: not on sale
    on_sale(category=tree["green"])
    assert related_products(product.pk, tree["tea"].pk) == [one.pk for one in reversed(others)][:4]


def test_counts_add_up_over_descendants(tree: dict[str, Category]) -> None:
    on_sale(category=tree["green"])
    on_sale(category=tree["tea"])
    counts = product_counts(category_tree())
    assert [counts[tree[name].pk] for name in ("kitchen", "tea", "green", "bath")] == [2, 2, 1, 0]


def test_the_tree_comes_depth_first_without_what_hangs_below_a_hidden_node(tree: dict[str, Category]) -> None:
    assert [(node.slug, node.tree_depth) for node in category_tree()] == [
        ("kitchen", 0),
        ("tea", 1),
        ("green-tea", 2),
        ("bath", 0),
    ]
    Category.objects.filter(pk=tree["tea"].pk).update(is_active=False)
    assert [node.slug for node in category_tree()] == ["kitchen", "bath"]


@pytest.mark.parametrize(
    "query", ["mint", "MINT te", "théière", "theiere", "إبريق", "ابريق", "النعناع", "نعناع", "pot-01", "Atlas mint"]
)
def test_a_product_is_found_in_every_language_by_brand_and_by_sku(query: str) -> None:
    product = ProductFactory(
        name_en="Mint teapot", name_fr="Théière à menthe", name_ar="إبريق الشاي بالنعناع", brand="Atlas"
    )
    VariantFactory(product=product, sku="POT-01")
    assert list(search_products(query)) == [product]


@pytest.mark.parametrize("query", ["", "   ", "coffee", "int", "mint coffee", "'; DROP", "zz & | ! ( :*", "%", "\\"])
def test_what_does_not_match_is_not_found(query: str) -> None:
    on_sale(name_en="Mint teapot")
    assert list(search_products(query)) == []


def test_rows_written_in_sql_are_found_after_a_refresh() -> None:
    product = on_sale()
    Product.objects.filter(pk=product.pk).update(name_en="Copper tray", search_text="")
    assert refresh_rows(product_ids=[product.pk]) == 1
    assert list(search_products("copper")) == [product]
    assert refresh_rows(product_ids=[product.pk]) == 0


def test_a_missing_translation_falls_back_to_english() -> None:
    product = on_sale(name_en="Copper tray", name_fr="", name_ar=None)
    for language in ("fr", "ar"):
        with translation.override(language):
            assert Product.objects.get(pk=product.pk).name == "Copper tray"


@pytest.mark.parametrize("products", [1, 12])
def test_summaries_take_the_same_queries_whatever_the_number(
    products: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(products):
        ProductImageFactory(product=on_sale())
    with django_assert_num_queries(2):
        summaries = product_summaries(Product.objects.on_sale().values_list("pk", flat=True), available=None)
        assert all([one.category.name, one.image, one.variant_ids] for one in summaries)
