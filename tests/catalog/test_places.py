"""Pages of a list of products, cut and counted at once."""

import pytest
from django.core.paginator import EmptyPage, PageNotAnInteger
from pytest_django import DjangoAssertNumQueries

from catalog.models import Product
from catalog.reads.places import PlacePaginator
from tests.factories.catalog import ProductImageFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def five() -> list[Product]:
    for _number in range(5):
        ProductImageFactory(product=VariantFactory().product)
    return list(Product.objects.on_sale())


def pages() -> PlacePaginator:
    return PlacePaginator(Product.objects.on_sale().places, 2)


def test_a_page_and_the_count_are_one_query(
    five: list[Product], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page = pages().page("2")
        assert ([place.id for place in page], page.paginator.count) == ([one.pk for one in five[2:4]], 5)


@pytest.mark.parametrize("number", ["4", "0", "-1", str(10**30)])
def test_there_is_no_page_past_the_end_or_before_the_start(five: list[Product], number: str) -> None:
    with pytest.raises(EmptyPage):
        pages().page(number)


@pytest.mark.parametrize("number", ["x", "1.5", "²", "9" * 5_000])
def test_what_is_no_number_is_no_page(five: list[Product], number: str) -> None:
    with pytest.raises(PageNotAnInteger):
        pages().page(number)


@pytest.mark.parametrize("number", [" 2", "+2", "٢", "0_2"])
def test_however_a_number_is_written_its_page_has_its_products(five: list[Product], number: str) -> None:
    page = pages().page(number)
    assert (page.number, [place.id for place in page]) == (2, [one.pk for one in five[2:4]])


@pytest.mark.parametrize(
    ("number", "shown"), [(None, 1), ("x", 1), ("9" * 5_000, 1), ("9", 3), ("0", 3), (str(10**30), 3)]
)
def test_a_shopper_is_shown_the_nearest_page(five: list[Product], number: str | None, shown: int) -> None:
    assert pages().get_page(number).number == shown


def test_an_empty_list_has_one_empty_page() -> None:
    page = PlacePaginator(Product.objects.none().places, 2).get_page("3")
    assert (page.number, list(page), page.paginator.count) == (1, [], 0)
