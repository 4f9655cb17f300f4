"""Staff changes and deletes one picture of a product through the API."""

from typing import Any

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from catalog.models import Product, ProductImage
from catalog.publishing import take_off_sale
from core.integrity import make_check, registered
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import ProductImageFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> APIClient:
    return client_of(StaffFactory())


@pytest.fixture
def first() -> ProductImage:
    made: ProductImage = ProductImageFactory(product=VariantFactory().product, public_id="photos/tea.front")
    return made


@pytest.fixture
def second(first: ProductImage) -> ProductImage:
    made: ProductImage = ProductImageFactory(product=first.product, is_primary=False, position=1)
    return made


def address(image: ProductImage) -> str:
    return f"{V1}/products/{image.product.slug}/images/{image.public_id}"


def primary(product: Product) -> ProductImage:
    found: ProductImage = product.images.get(is_primary=True)
    return found


def version(staff: APIClient, product: Product) -> str:
    return str(staff.get(f"{V1}/products/{product.pk}")["ETag"])


def test_texts_and_place_are_changed_by_name(staff: APIClient, first: ProductImage) -> None:
    texts = {"alt_en": "A glass", "alt_fr": "Un verre", "alt_ar": "كأس", "position": 7}

    changed = given(staff.patch(address(first), texts))

    assert {name: changed[name] for name in texts} == texts
    assert (changed["public_id"], changed["is_primary"]) == ("photos/tea.front", True)
    first.refresh_from_db()
    assert {name: getattr(first, name) for name in texts} == texts


def test_the_plain_column_follows_the_default_language(staff: APIClient, first: ProductImage) -> None:
    given(staff.patch(address(first), {"alt_en": "A glass"}, format="json"))

    assert make_check(registered()["translations"], limit=1).violations == 0


def test_what_is_not_given_stays(staff: APIClient, first: ProductImage) -> None:
    given(staff.patch(address(first), {"alt_en": "A glass", "position": 7}))
    assert given(staff.patch(address(first), {}))["position"] == 7


def test_another_picture_is_made_primary(staff: APIClient, first: ProductImage, second: ProductImage) -> None:
    assert given(staff.patch(address(second), {"is_primary": True}))["is_primary"] is True
    assert primary(first.product) == second


def test_the_primary_one_cannot_be_made_none(staff: APIClient, first: ProductImage) -> None:
    assert refused(staff.patch(address(first), {"is_primary": False}), 422, "primary_needed")["fields"].keys() == {
        "is_primary"
    }
    assert primary(first.product) == first


@pytest.mark.parametrize("body", [{"position": -1}, {"position": 2**31}, {"alt_en": "x" * 251}, {"is_primary": "?"}])
def test_what_does_not_fit_is_named(staff: APIClient, first: ProductImage, body: dict[str, Any]) -> None:
    assert set(faulty(staff.patch(address(first), body))) == set(body)


def test_a_deleted_primary_picture_is_followed_by_the_next(
    staff: APIClient, first: ProductImage, second: ProductImage
) -> None:
    assert staff.delete(address(first)).json()["message"] == "The picture is deleted."
    assert list(first.product.images.all()) == [second]
    assert primary(first.product) == second


def test_the_last_one_is_deleted_of_what_is_not_on_sale(staff: APIClient, first: ProductImage) -> None:
    refused(staff.delete(address(first)), 409, "needed_on_sale")
    take_off_sale(product_ids=[first.product_id])
    given(staff.delete(address(first)))
    assert not ProductImage.objects.exists()


def test_a_change_is_made_to_what_was_seen_only(staff: APIClient, first: ProductImage, second: ProductImage) -> None:
    seen = version(staff, first.product)
    given(staff.patch(address(second), {"alt_en": "A glass"}, headers={"If-Match": seen}))

    for late in (
        staff.patch(address(second), {"alt_en": "A cup"}, headers={"If-Match": seen}),
        staff.delete(address(second), headers={"If-Match": seen}),
    ):
        refused(late, 412, "precondition_failed")
    second.refresh_from_db()
    assert second.alt_en == "A glass"


def test_a_deletion_that_is_sent_again_with_its_key_is_answered_alike(
    staff: APIClient, first: ProductImage, second: ProductImage
) -> None:
    def delete() -> HttpResponse:
        return staff.delete(address(second), headers={"Idempotency-Key": "second-1"})

    assert delete().json() == delete().json()
    assert primary(first.product) == first


def test_a_picture_of_another_product_is_not_found(staff: APIClient, first: ProductImage) -> None:
    other = ProductImageFactory()
    wrong = f"{V1}/products/{first.product.slug}/images/{other.public_id}"
    refused(staff.patch(wrong, {"alt_en": "x"}), 404, "not_found")
    refused(staff.delete(wrong), 404, "not_found")
    assert ProductImage.objects.filter(pk=other.pk).exists()
