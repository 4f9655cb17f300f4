"""Sparse answers: the fields that were asked for, at any depth, and nothing looked up for the others."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.api import V1, client_of, codes_of, faulty, given
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import CategoryFactory, ProductImageFactory, VariantOptionFactory
from tests.factories.checkout import completed_order
from tests.factories.inventory import stocked_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def address() -> str:
    variant = stocked_variant(
        sku="TEA-1", product__slug="mint-tea", product__category__parent=CategoryFactory(slug="tea")
    )
    VariantOptionFactory(variant=variant)
    ProductImageFactory(product=variant.product)
    return f"{V1}/products/mint-tea"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("slug", {"slug": "mint-tea"}),
        (" slug , slug,", {"slug": "mint-tea"}),
        ("slug,variants.sku", {"slug": "mint-tea", "variants": [{"sku": "TEA-1"}]}),
        ("variants.options.value,variants.sku", {"variants": [{"sku": "TEA-1", "options": [{"value": "M"}]}]}),
        ("price", {"price": {"amount": "19.99", "currency": "USD"}}),
        ("image.width,images.alt", {"image": {"width": 800}, "images": [{"alt": "A glass of mint tea"}]}),
    ],
)
def test_only_the_fields_asked_for_are_shown(api: APIClient, address: str, fields: str, shown: Any) -> None:
    assert given(api.get(address, {"fields": fields})) == shown


@pytest.mark.parametrize("fields", ["variants,variants.sku", "variants.sku,variants"])
def test_a_field_asked_for_as_a_whole_is_shown_as_a_whole(api: APIClient, address: str, fields: str) -> None:
    [variant] = given(api.get(address, {"fields": fields}))["variants"]
    assert {"sku", "price", "options"} <= set(variant)


def test_lists_are_sparse_too(api: APIClient, address: str) -> None:
    assert given(api.get(f"{V1}/products", {"fields": "slug,in_stock"})) == [{"slug": "mint-tea", "in_stock": True}]


def test_what_is_inside_of_a_computed_field_can_be_asked_for(api: APIClient, address: str) -> None:
    [child] = given(api.get(f"{V1}/categories/tea", {"fields": "children.product_count"}))["children"]
    assert child == {"product_count": 1}


def test_an_orders_totals_can_be_asked_for_alone() -> None:
    order = completed_order()
    data = given(client_of(StaffFactory()).get(f"{V1}/orders/{order.pk}", {"fields": "totals.paid,lines.sku"}))
    assert data == {"totals": {"paid": order.paid.as_dict()}, "lines": [{"sku": order.lines.get().sku}]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("nothing", "There is no nothing, but: id, slug, "),
        ("slug,variants.colour", "There is no variants.colour, but: variants.id, variants.sku, "),
        ("price.amount", "price has no fields of its own."),
        ("slug.", "slug has no fields of its own."),
        ("", "leave this out"),
        (" , ", "?fields=id,name"),
        ("a" * 3000, "2000"),
    ],
)
def test_a_field_that_is_not_there_is_named_with_those_that_are(
    api: APIClient, address: str, fields: str, said: str
) -> None:
    message = faulty(api.get(address, {"fields": fields}))["fields"]["message"]
    assert said in message


def test_every_wrong_name_is_named(api: APIClient, address: str) -> None:
    assert faulty(api.get(address, {"fields": "a,variants.b,id"}))["fields"]["message"].count("There is no") == 2


def test_a_change_is_answered_in_full_and_knows_no_fields(address: str) -> None:
    answer = client_of(StaffFactory()).patch(f"{address}?fields=id", {"brand": "Souk"})
    assert codes_of(answer) == {"fields": "unknown_parameter"}


def test_nothing_is_looked_up_for_what_is_not_asked_for(api: APIClient, address: str) -> None:
    with CaptureQueriesContext(connection) as whole:
        api.get(f"{V1}/products")
    with CaptureQueriesContext(connection) as sparse:
        api.get(f"{V1}/products", {"fields": "id,name"})
    assert len(sparse) < len(whole)
