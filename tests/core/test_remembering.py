"""Rows that are known are read from a relation without asking the database."""

from collections.abc import Callable
from typing import Any

import pytest

from core.fast.related import set_prefetched
from tests.factories.catalog import ProductFactory, ProductImageFactory

pytestmark = pytest.mark.django_db

Queries = Callable[[int], Any]


def test_known_rows_are_not_asked_for(django_assert_num_queries: Queries) -> None:
    image = ProductImageFactory()
    product = image.product
    set_prefetched(product, "images", [image])

    with django_assert_num_queries(0):
        assert list(product.images.all()) == [image]
        assert product.images.count() == 1


def test_none_are_known_to_be_there(django_assert_num_queries: Queries) -> None:
    product = ProductFactory()
    set_prefetched(product, "images", [])

    with django_assert_num_queries(0):
        assert not product.images.exists()


def test_what_is_narrowed_is_asked_of_the_same_row_alone(django_assert_num_queries: Queries) -> None:
    image, _another = ProductImageFactory(alt_en="blue"), ProductImageFactory(alt_en="blue")
    set_prefetched(image.product, "images", [])

    with django_assert_num_queries(2):
        assert list(image.product.images.filter(alt_en="blue")) == [image]
        assert list(image.product.images.all().filter(alt_en="blue")) == [image]


def test_what_is_narrowed_knows_the_row_that_it_belongs_to(django_assert_num_queries: Queries) -> None:
    image = ProductImageFactory()
    set_prefetched(image.product, "images", [])

    with django_assert_num_queries(1):
        assert [one.product for one in image.product.images.all().order_by("pk")] == [image.product]


def test_a_relation_that_no_foreign_key_makes_is_refused() -> None:
    with pytest.raises(TypeError, match="category"):
        set_prefetched(ProductFactory(), "category", [])
