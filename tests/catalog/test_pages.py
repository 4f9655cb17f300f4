"""What shoppers see of the catalogue."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from catalog.models import Category
from core.fast import process_cache as kept
from tests.factories.catalog import (
    CategoryFactory,
    OptionValueFactory,
    ProductFactory,
    ProductImageFactory,
    VariantOptionFactory,
)
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def teas() -> Category:
    category: Category = CategoryFactory(slug="teas", name_en="Teas", name_fr="Thés", name_ar="شاي")
    return category


def shelf(category: Category, count: int) -> None:
    for number in range(count):
        product = ProductFactory(category=category, name_en=f"Tea {number}", is_featured=number % 2 == 0)
        stocked_variant(product=product, price_minor=1000 + number)
        ProductImageFactory(product=product)


@pytest.mark.parametrize("count", [3, 20])
def test_the_home_page_takes_eight_queries_however_many_products_there_are(
    client: Client, teas: Category, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf(teas, count)
    client.get("/en/")
    with django_assert_max_num_queries(8):
        assert client.get("/en/").status_code == 200


@pytest.mark.parametrize("count", [3, 40])
def test_a_category_page_takes_eight_queries_however_many_products_there_are(
    client: Client, teas: Category, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf(teas, count)
    client.get("/en/c/teas/")
    with django_assert_max_num_queries(8):
        assert client.get("/en/c/teas/?sort=price").status_code == 200


@pytest.mark.parametrize("count", [3, 40])
def test_a_search_takes_eight_queries_however_many_products_match(
    client: Client, teas: Category, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf(teas, count)
    client.get("/en/search/?q=tea")
    with django_assert_max_num_queries(8):
        assert "Tea 1" in client.get("/en/search/?q=tea").text


def test_a_product_page_takes_eight_queries_with_pictures_options_and_neighbours(
    client: Client, teas: Category, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf(teas, 6)
    product = ProductFactory(category=teas, slug="mint")
    for code in ("s", "m", "l"):
        VariantOptionFactory(
            variant=stocked_variant(product=product), value=OptionValueFactory(code=code, name_en=code)
        )
    client.get("/en/p/mint/")
    with django_assert_max_num_queries(8):
        assert client.get("/en/p/mint/").status_code == 200


def test_suggestions_take_three_queries(
    client: Client, teas: Category, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf(teas, 10)
    with django_assert_max_num_queries(3):
        response = client.get("/en/search/suggest/?q=te", headers={"HX-Request": "true"})
    assert response.text.count("/en/p/") == 6


def test_the_empty_shop_says_so(client: Client) -> None:
    assert "There is nothing to buy yet" in client.get("/en/").text


def test_pages_in_arabic_run_from_right_to_left(client: Client, teas: Category) -> None:
    page = client.get("/ar/c/teas/").text
    assert '<html lang="ar" dir="rtl">' in page
    assert "<h1>شاي</h1>" in page


def test_a_page_names_itself_in_every_language(client: Client, teas: Category) -> None:
    page = client.get("/fr/c/teas/?sort=price").text
    assert '<link rel="canonical" href="http://testserver/fr/c/teas/">' in page
    for language in ("en", "fr", "ar"):
        assert f'<link rel="alternate" hreflang="{language}" href="http://testserver/{language}/c/teas/">' in page


def test_a_parent_category_shows_what_its_children_sell(client: Client, teas: Category) -> None:
    shelf(CategoryFactory(parent=teas, slug="green"), 1)
    page = client.get("/en/c/teas/").text
    assert "Tea 0" in page
    assert '<a href="/en/c/green/">' in page


def test_a_child_category_names_the_way_to_it(client: Client, teas: Category) -> None:
    CategoryFactory(parent=teas, slug="green", name_en="Green")
    assert '<li><a href="/en/c/teas/">Teas</a>' in client.get("/en/c/green/").text


def test_a_hidden_category_is_not_found(client: Client) -> None:
    CategoryFactory(slug="secret", is_active=False)
    assert client.get("/en/c/secret/").status_code == 404


def test_products_are_sorted_by_price_from_either_end(client: Client, teas: Category) -> None:
    shelf(teas, 3)
    upwards = client.get("/en/c/teas/?sort=price").text
    downwards = client.get("/en/c/teas/?sort=-price").text
    assert upwards.index("Tea 0") < upwards.index("Tea 2")
    assert downwards.index("Tea 2") < downwards.index("Tea 0")


def test_a_price_range_leaves_only_what_is_inside(client: Client, teas: Category) -> None:
    shelf(teas, 3)
    page = client.get("/en/c/teas/?price_from=10.01&price_to=10.01").text
    assert "Tea 1" in page
    assert "Tea 0" not in page
    assert "Tea 2" not in page


def test_a_price_that_is_no_number_is_marked_and_the_list_stays_whole(client: Client, teas: Category) -> None:
    shelf(teas, 2)
    page = client.get("/en/c/teas/?price_from=cheap").text
    assert 'id="id_price_from_error"' in page
    assert "Tea 1" in page


def test_the_next_page_keeps_sort_order_and_range(client: Client, teas: Category) -> None:
    shelf(teas, 30)
    assert "?sort=price&amp;price_from=1&amp;page=2" in client.get("/en/c/teas/?sort=price&price_from=1").text


def test_a_page_number_beyond_the_end_shows_the_last_page(client: Client, teas: Category) -> None:
    shelf(teas, 1)
    assert "Tea 0" in client.get("/en/c/teas/?page=99").text


def test_htmx_gets_only_the_list(client: Client, teas: Category) -> None:
    shelf(teas, 1)
    response = client.get("/en/c/teas/?sort=price", headers={"HX-Request": "true"})
    assert response.text.lstrip().startswith('<div id="results">')
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("query", ["menthe", "نعناع", "the a la", "TEA-1"])
def test_a_product_is_found_in_any_language_without_accents_or_by_sku(client: Client, query: str) -> None:
    product = ProductFactory(name_en="Mint tea", name_fr="Thé à la menthe", name_ar="شاي بالنَّعناع نعناع")
    stocked_variant(product=product, sku="TEA-1")
    assert f"/en/p/{product.slug}/" in client.get("/en/search/", {"q": query}).text


@pytest.mark.parametrize("query", ["", "   ", "no such thing", "\x00", "&|!:*'", "x" * 500])
def test_any_search_is_answered(client: Client, query: str) -> None:
    assert client.get("/en/search/", {"q": query}).status_code == 200


def test_a_product_tells_price_availability_and_article_number(client: Client) -> None:
    stocked_variant(3, product=ProductFactory(slug="mint"), price_minor=1999, compare_at_minor=2500, sku="TEA-1")
    page = client.get("/en/p/mint/").text
    for text in ("$19.99", "$25.00", "Only 3 left", "TEA-1"):
        assert text in page


def test_a_sold_out_product_cannot_be_put_into_the_cart(client: Client) -> None:
    stocked_variant(0, product=ProductFactory(slug="mint"))
    page = client.get("/en/p/mint/").text
    assert "Sold out" in page
    assert "Add to cart" not in page


def test_choosing_a_variant_shows_its_price_with_and_without_htmx(client: Client) -> None:
    product = ProductFactory(slug="mint")
    stocked_variant(product=product, price_minor=1000)
    large = stocked_variant(product=product, price_minor=2000, sku="LARGE")
    fragment = client.get(f"/en/p/mint/?variant={large.pk}", headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith('<div id="offer"')
    assert "LARGE" in fragment
    assert "LARGE" in client.get(f"/en/p/mint/?variant={large.pk}").text


def test_a_sold_out_variant_can_be_looked_at_and_another_is_offered_first(client: Client) -> None:
    product = ProductFactory(slug="mint")
    gone = stocked_variant(0, product=product, position=0)
    left = stocked_variant(5, product=product, position=1)
    page = client.get("/en/p/mint/").text
    assert f'value="{left.pk}" checked' in page
    assert f'href="?variant={gone.pk}#notice"' in page
    chosen = client.get(f"/en/p/mint/?variant={gone.pk}").text
    assert f'value="{gone.pk}" checked' in chosen
    assert "Tell me when it is back" in chosen
    assert "Add to cart" not in chosen


@pytest.mark.parametrize("hidden", [{"is_active": False}, {"category__is_active": False}])
def test_a_withdrawn_product_is_not_found(client: Client, hidden: dict[str, bool]) -> None:
    stocked_variant(product=ProductFactory(slug="mint", **hidden))
    assert client.get("/en/p/mint/").status_code == 404


def test_what_merchants_write_is_shown_as_text(client: Client) -> None:
    stocked_variant(product=ProductFactory(slug="mint", name_en="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in client.get("/en/p/mint/").text


def test_pages_carry_no_inline_script_or_style(client: Client, teas: Category) -> None:
    shelf(teas, 3)
    for address in ("/en/", "/ar/c/teas/", "/fr/search/?q=tea"):
        page = client.get(address).text
        assert "<script>" not in page
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page


def test_an_unknown_page_is_told_in_the_shop_s_own_words(client: Client) -> None:
    response = client.get("/en/no-such-page/")
    assert response.status_code == 404
    assert "This stall is not here" in response.text


def test_a_new_category_appears_in_the_menu_when_the_kept_tree_is_gone(client: Client, teas: Category) -> None:
    client.get("/en/")
    CategoryFactory(slug="soaps", name_en="Soaps")
    kept.forget()
    assert "Soaps" in client.get("/en/").text


def test_browsing_leaves_no_cookie_behind(client: Client, teas: Category) -> None:
    shelf(teas, 2)
    for address in ("/en/", "/en/c/teas/", "/en/search/?q=tea"):
        assert not client.get(address).cookies


def test_a_list_is_narrowed_to_a_brand_and_to_what_is_in_stock(client: Client, teas: Category) -> None:
    for name, brand, units in (("Mint", "Atelier", 3), ("Sage", "Atelier", 0), ("Rose", "Dar Zina", 3)):
        stocked_variant(units, product=ProductFactory(category=teas, name_en=name, brand=brand))
    page = client.get("/en/c/teas/?brand=Atelier&in_stock=on").text
    shown = [name for name in ("Mint", "Sage", "Rose") if f">{name}</a>" in page]
    assert shown == ["Mint"]
    assert '<option value="Atelier" selected>' in page
    assert '<option value="Dar Zina">' in page


def test_the_brands_are_those_of_the_list(client: Client, teas: Category) -> None:
    stocked_variant(product=ProductFactory(category=teas, brand="Atelier"))
    stocked_variant(product=ProductFactory(brand="Elsewhere"))
    assert "Elsewhere" not in client.get("/en/c/teas/").text
    assert '<option value="Elsewhere">' in client.get("/en/search/?q=tea").text


def test_a_shared_address_with_a_brand_that_is_gone_shows_nothing_and_the_way_back(
    client: Client, teas: Category
) -> None:
    shelf(teas, 1)
    page = client.get("/en/c/teas/?brand=Gone&sort=price").text
    assert "Nothing fits these filters" in page
    assert '<option value="Gone" selected>' in page
    assert 'href="/en/c/teas/?sort=price"' in page


def test_the_filters_are_cleared_at_once(client: Client, teas: Category) -> None:
    shelf(teas, 2)
    page = client.get("/en/search/?q=tea&price_from=1&in_stock=on").text
    assert 'href="/en/search/?q=tea">Clear the filters' in page


def test_the_switch_to_dark_is_remembered_and_written_into_every_page(client: Client) -> None:
    assert "data-theme" not in client.get("/en/").text
    answer = client.post("/en/theme/", {"theme": "dark"}, headers={"referer": "http://testserver/en/search/"})
    assert answer["Location"] == "http://testserver/en/search/"
    assert 'data-theme="dark"' in client.get("/ar/").text


@pytest.mark.parametrize("theme", ["", "purple", '"><script>'])
def test_what_is_no_theme_is_left_alone(client: Client, theme: str) -> None:
    answer = client.post("/en/theme/", {"theme": theme}, headers={"referer": "https://evil.example/"})
    assert (answer["Location"], dict(answer.cookies)) == ("/en/", {})
    client.cookies["theme"] = theme
    assert "data-theme" not in client.get("/en/").text


def test_the_box_for_what_is_in_stock_stands_before_its_words(client: Client, teas: Category) -> None:
    shelf(teas, 1)
    page = client.get(teas.get_absolute_url()).content.decode()
    field = page[page.index('<div class="field field--check">') :]
    assert field.index('type="checkbox"') < field.index("In stock only") < field.index("</div>")
