"""Staff uploads pictures through the API, and everybody is told of their sizes."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import CatalogAction
from catalog.media.parsers import PICTURES_AT_ONCE
from catalog.media.services import make_missing_sizes
from catalog.models import Product, ProductImage
from catalog.viewsets import ProductImageViewSet
from tests.api import V1, client_of, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import ProductFactory, ProductImageFactory
from tests.factories.files import picture, sent_tasks, stored_picture, upload
from tests.factories.inventory import stocked_variant
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

SIZES = ("thumbnail_url", "medium_url", "large_url")


@pytest.fixture
def product() -> Product:
    made: Product = ProductFactory(slug="tea")
    return made


def send(product: Product, *files: Any, user: User | None = None, **fields: Any) -> HttpResponse:
    client = client_of(user or StaffFactory())
    return client.post(f"{V1}/products/{product.slug}/images", {"images": files, **fields}, format="multipart")


def test_staff_uploads_pictures_and_is_told_of_all_sizes(
    product: Product, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        added = given(send(product, upload(picture()), upload(picture("PNG")), alt_en="A glass"), 201)["images"]

    assert [(image["alt"], image["width"], image["is_primary"]) for image in added] == [
        ("A glass", 1200, True),
        ("A glass", 1200, False),
    ]
    for image in added:
        assert image["url"].startswith("http://testserver/media/products/")
        assert {image[size] for size in SIZES} == {image["url"]}
    assert len(sent_tasks(callbacks)) == 2


def test_a_product_is_named_by_id_too(product: Product) -> None:
    address = f"{V1}/products/{product.pk}/images"
    response = client_of(StaffFactory()).post(address, {"images": [upload(picture())]}, format="multipart")
    given(response, 201)


def test_sizes_are_given_once_they_are_made(api: APIClient) -> None:
    product = stocked_variant().product
    given(send(product, upload(picture()), is_primary="true"), 201)
    make_missing_sizes()

    image = given(api.get(f"{V1}/products"))[0]["image"]

    assert len({image["url"], *(image[size] for size in SIZES)}) == 4
    for size in SIZES:
        assert b"".join(Client().get(image[size]).streaming_content).startswith(b"RIFF")


def test_a_picture_elsewhere_keeps_its_address_for_every_size(api: APIClient) -> None:
    ProductImageFactory(product=stocked_variant().product)

    image = given(api.get(f"{V1}/products"))[0]["image"]

    assert {image["url"], *(image[size] for size in SIZES)} == {"https://pictures.example/tea.webp"}


def test_an_upload_that_is_sent_again_with_its_key_is_done_once(product: Product) -> None:
    client = client_of(StaffFactory())
    answers = [
        client.post(
            f"{V1}/products/tea/images",
            {"images": [upload(picture())]},
            format="multipart",
            headers={"Idempotency-Key": "tea-1"},
        )
        for _try in range(2)
    ]

    assert given(answers[0], 201) == given(answers[1], 201)
    assert product.images.count() == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_picture"), (b"MZ\x90", "not_a_picture"), (picture()[:2000], "broken_picture")],
)
def test_what_is_no_picture_is_refused_by_name(product: Product, content: bytes, code: str) -> None:
    details = refused(send(product, upload(picture()), upload(content, "b.jpg")), 422, code)

    assert details["file"] == "b.jpg"
    assert set(details["fields"]) == {"images"}
    assert not ProductImage.objects.exists()


def test_too_large_a_picture_is_refused(product: Product, settings: Settings) -> None:
    settings.PICTURE_MAX_BYTES = 5_000
    refused(send(product, upload(b"x" * 5_001)), 422, "picture_too_large")


def test_too_long_a_body_is_refused_unread(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProductImageViewSet, "most_body_bytes", 1_000)
    refused(send(product, upload(b"x" * 1_000)), 413, "body_too_large")


def test_too_many_pictures_at_once_are_refused(product: Product) -> None:
    files = [upload(b"x") for _number in range(PICTURES_AT_ONCE + 1)]
    assert "images" in faulty(send(product, *files))


def test_too_many_parts_are_refused_in_the_envelope(product: Product) -> None:
    refused(send(product, *[upload(b"x") for _number in range(101)]), 400, "parse_error")


@pytest.mark.parametrize(("fields", "path"), [({}, "images"), ({"images": "text"}, "images.0")])
def test_a_form_without_files_is_refused(product: Product, fields: dict[str, str], path: str) -> None:
    response = client_of(StaffFactory()).post(f"{V1}/products/tea/images", fields, format="multipart")
    assert set(faulty(response)) == {path}


def test_json_is_refused(product: Product) -> None:
    response = client_of(StaffFactory()).post(f"{V1}/products/tea/images", {"images": []}, format="json")
    refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("key", ["none", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_product_is_not_found(key: str) -> None:
    address = f"{V1}/products/{key}/images"
    response = client_of(StaffFactory()).post(address, {"images": [upload(picture())]}, format="multipart")
    refused(response, 404, "not_found")


def test_who_may_not_add_pictures_adds_none(product: Product, api: APIClient) -> None:
    address = f"{V1}/products/tea/images"
    refused(api.post(address, {"images": [upload(picture())]}, format="multipart"), 401, "not_authenticated")
    for user in (UserFactory(), colleague("catalog.change_product"), colleague("catalog.add_productimage")):
        refused(send(product, upload(picture()), user=user), 403, "not_allowed")
    assert not ProductImage.objects.exists()

    given(send(product, upload(picture()), user=colleague(*CatalogAction.ADD_PICTURE.permissions)), 201)


def test_cards_show_the_size_that_fits(client: Client) -> None:
    product = stocked_variant().product
    image = ProductImageFactory(product=product, external_url="", file=stored_picture(), width=1200, height=600)
    page = client.get(product.category.get_absolute_url()).content.decode()
    assert f'src="{image.url}"' in page
    assert "srcset" not in page

    make_missing_sizes()
    image.refresh_from_db()
    page = client.get(product.category.get_absolute_url()).content.decode()

    assert f'src="{image.medium_url}" srcset="{image.medium_url} 400w, {image.large_url} 800w" sizes="' in page
    assert 'width="400" height="400"' in page
    assert image.url not in page


def test_a_products_page_shows_the_large_size(client: Client) -> None:
    product = stocked_variant().product
    image = ProductImageFactory(product=product, external_url="", file=stored_picture(), width=1200, height=600)
    make_missing_sizes()
    image.refresh_from_db()

    page = client.get(product.get_absolute_url()).content.decode()

    assert f'src="{image.large_url}" srcset=' in page
    assert 'width="800" height="800"' in page
