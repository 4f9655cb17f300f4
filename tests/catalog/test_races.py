"""The options of variants under writers at once, on real connections."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import OptionValue, Product, Variant, VariantOption
from tests.factories.catalog import OptionTypeFactory, OptionValueFactory, ProductFactory, VariantFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def values() -> list[OptionValue]:
    return [OptionValueFactory(option_type=OptionTypeFactory(code=code), code="x") for code in ("size", "colour")]


def choose(variant: Variant, *values: OptionValue) -> None:
    with transaction.atomic():
        for value in values:
            VariantOption.objects.create(variant=variant, value=value)


def test_of_variants_given_the_same_options_at_once_one_keeps_them(values: list[OptionValue]) -> None:
    product: Product = ProductFactory()
    variants = [VariantFactory(product=product) for _index in range(4)]

    results = at_once(*[lambda variant=variant: choose(variant, *values) for variant in variants])

    assert [type(result) for result in results].count(IntegrityError) == 3
    assert product.variants.exclude(options_key=None).count() == 1


def test_the_key_counts_both_options_of_two_who_write_one_each_at_once(values: list[OptionValue]) -> None:
    variant, like_it = VariantFactory(), VariantFactory()
    choose(like_it, *values)

    at_once(*[lambda value=value: choose(variant, value) for value in values])

    variant.refresh_from_db()
    like_it.refresh_from_db()
    assert variant.options_key == like_it.options_key
