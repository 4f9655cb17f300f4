"""What the database refuses of the catalogue, whoever writes."""

import pytest
from django.db import IntegrityError, connection

from catalog.models import ProductImage
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductFactory,
    ProductImageFactory,
    VariantFactory,
    VariantOptionFactory,
)

pytestmark = pytest.mark.django_db


def test_a_second_primary_picture() -> None:
    product = ProductImageFactory().product
    with pytest.raises(IntegrityError, match="one_primary"):
        ProductImageFactory(product=product)


def test_a_picture_without_file_and_address() -> None:
    with pytest.raises(IntegrityError, match="file_or_address"):
        ProductImage.objects.create(product=ProductFactory())


@pytest.mark.parametrize(
    "fields",
    [
        {"price_minor": -1},
        {"price_minor": 10**12 + 1},
        {"currency": "usd"},
        {"compare_at_minor": 1999},
        {"compare_at_minor": 5},
    ],
)
def test_a_price_that_makes_no_sense(fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        VariantFactory(**fields)


def test_a_second_variant_with_the_same_sku() -> None:
    VariantFactory(sku="POT-01")
    with pytest.raises(IntegrityError):
        VariantFactory(sku="POT-01")


def test_a_variant_in_two_sizes() -> None:
    option = VariantOptionFactory()
    with pytest.raises(IntegrityError, match="one_a_type"):
        VariantOptionFactory(variant=option.variant, value=OptionValueFactory(code="l"))


def test_a_value_under_an_option_that_is_not_its_own() -> None:
    colour = OptionTypeFactory(code="colour", name_en="Colour")
    VariantOptionFactory()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_variantoption SET option_type_id = %s", [colour.pk])
        with pytest.raises(IntegrityError, match="value_of_type"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_category_inside_itself() -> None:
    category = CategoryFactory()
    with pytest.raises(IntegrityError, match="not_own_parent"), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_category SET parent_id = id WHERE id = %s", [category.pk])


def test_an_origin_without_its_key() -> None:
    with pytest.raises(IntegrityError, match="origin_whole"):
        ProductFactory(source="northwind")


def test_the_same_origin_twice() -> None:
    ProductFactory(source="northwind", source_key="1")
    with pytest.raises(IntegrityError, match="origin"):
        ProductFactory(source="northwind", source_key="1")
