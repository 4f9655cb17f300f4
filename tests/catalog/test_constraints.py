"""What the database refuses of the catalogue, whoever writes."""

import pytest
from django.db import IntegrityError, connection

from catalog.models import Product, ProductImage, Variant
from core.db.ids import new_id
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

CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


def a_product_in_blue_medium() -> Variant:
    variant: Variant = VariantFactory()
    colour = OptionTypeFactory(code="colour", name_en="Colour")
    VariantOptionFactory(variant=variant, value=OptionValueFactory())
    VariantOptionFactory(variant=variant, value=OptionValueFactory(option_type=colour, code="blue"))
    variant.refresh_from_db()
    return variant


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


class TestTheOptionsOfAVariant:
    """Two variants of a product never stand for the same options, whoever writes them and in whatever order."""

    def test_are_those_of_no_other_variant_of_the_product(self) -> None:
        first, second = a_product_in_blue_medium(), a_product_in_blue_medium()
        Product.objects.filter(pk=second.product_id).update(is_active=False)
        Variant.objects.filter(pk=second.pk).update(product=first.product_id)

        with pytest.raises(IntegrityError, match="one_a_combination"), connection.cursor() as cursor:
            cursor.execute(CHECK_NOW)

    def test_may_be_a_part_of_those_of_another(self) -> None:
        variant = a_product_in_blue_medium()
        smaller = VariantFactory(product=variant.product)

        VariantOptionFactory(variant=smaller, value=variant.options.get(option_type__code="size").value)

        with connection.cursor() as cursor:
            cursor.execute(CHECK_NOW)

    def test_cannot_be_made_equal_by_changing_an_option_in_sql(self) -> None:
        variant = a_product_in_blue_medium()
        other = VariantFactory(product=variant.product)
        for option in variant.options.all():
            value = (
                option.value
                if option.option_type.code == "size"
                else OptionValueFactory(option_type=option.option_type, code="red")
            )
            VariantOptionFactory(variant=other, value=value)
        blue = variant.options.get(option_type__code="colour").value_id

        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE catalog_variantoption SET value_id = %s WHERE variant_id = %s AND value_id <> %s"
                " AND option_type_id = (SELECT option_type_id FROM catalog_optionvalue WHERE id = %s)",
                [blue, other.pk, blue, blue],
            )

        with pytest.raises(IntegrityError, match="one_a_combination"), connection.cursor() as cursor:
            cursor.execute(CHECK_NOW)

    def test_cannot_be_hidden_by_writing_another_key(self) -> None:
        variant = a_product_in_blue_medium()
        key = variant.options_key

        Variant.objects.filter(pk=variant.pk).update(options_key=new_id())

        variant.refresh_from_db()
        assert variant.options_key == key is not None

    def test_outlive_a_save_of_the_variant_as_it_was_before_them(self) -> None:
        variant = a_product_in_blue_medium()
        stale = Variant.objects.get(pk=variant.pk)
        stale.options_key = None

        stale.save()

        assert Variant.objects.get(pk=variant.pk).options_key == variant.options_key

    def test_leave_no_key_when_they_go(self) -> None:
        variant = a_product_in_blue_medium()

        variant.options.all().delete()

        assert Variant.objects.get(pk=variant.pk).options_key is None


def test_variants_without_options_are_told_apart_by_nothing() -> None:
    product = VariantFactory().product
    VariantFactory(product=product)

    with connection.cursor() as cursor:
        cursor.execute(CHECK_NOW)
