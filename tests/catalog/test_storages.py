"""Pictures in a bucket and behind a CDN: the same uploads, sizes and addresses as in a folder."""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from catalog.media.services import make_missing_sizes
from catalog.models import ProductImage
from catalog.tasks import make_sizes
from config.files import ObjectStorage, file_storage
from core.web.storage import keep
from tests.api import V1, client_of, given
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import ProductFactory, ProductImageFactory
from tests.factories.files import picture, upload
from tests.factories.inventory import stocked_variant
from tests.factories.s3 import Bucket, running_s3

pytestmark = pytest.mark.django_db

SIZES = ("thumbnail_url", "medium_url", "large_url")


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with running_s3() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(s3: str, settings: Settings) -> Iterator[Bucket]:
    made = Bucket(s3, "souk-pictures")
    made.use(settings, base_url=made.url)
    yield made
    made.empty()


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=60) as answer:
        content: bytes = answer.read()
        return content


class TestABucket:
    def test_takes_an_upload_and_its_sizes_and_serves_them_all(self, bucket: Bucket) -> None:
        product = ProductFactory()
        staff, address = client_of(StaffFactory()), f"{V1}/products/{product.pk}"
        given(staff.post(f"{address}/images", {"images": [upload(picture())]}, format="multipart"), 201)
        make_sizes(image_id=str(product.images.get().pk))

        image = given(staff.get(address))["images"][0]

        addresses = [image["url"], *(image[size] for size in SIZES)]
        assert sorted(addresses) == [f"{bucket.url}/{name}" for name in bucket.names()]
        assert len(addresses) == 4
        assert fetched(image["url"]).startswith(b"\xff\xd8")
        assert all(fetched(image[size]).startswith(b"RIFF") for size in SIZES)

    def test_says_that_a_file_never_changes_and_what_it_is(self, bucket: Bucket) -> None:
        keep("products/a.webp", picture("WEBP"))

        head = bucket.head("products/a.webp")

        assert head["CacheControl"] == "public, max-age=31536000, immutable"
        assert head["ContentType"] == "image/webp"

    def test_keeps_one_content_once_under_its_exact_name(self, bucket: Bucket) -> None:
        for content in (b"whole", b"whole", b"cut"):
            keep("products/a.webp", content)
        keep("products/a.webp", b"whole")

        assert bucket.names() == ["products/a.webp"]
        assert fetched(f"{bucket.url}/products/a.webp") == b"whole"

    def test_without_what_a_row_names_leaves_the_other_pictures_their_sizes(self, bucket: Bucket) -> None:
        ProductImageFactory(external_url="", file="products/gone.jpg", width=1, height=1)
        keep("products/there.jpg", picture())
        ProductImageFactory(external_url="", file="products/there.jpg", width=1200, height=600)

        result = make_missing_sizes()

        assert (result.made, result.failed) == (1, 1)

    def test_without_a_public_address_signs_the_addresses(self, bucket: Bucket, settings: Settings) -> None:
        bucket.use(settings, base_url="")
        keep("products/a.jpg", b"content")

        url = default_storage.url("products/a.jpg")

        assert url.startswith(f"{bucket.url}/products/a.jpg?")
        assert "X-Amz-Signature=" in url
        assert "testing-secret" not in url
        assert fetched(url) == b"content"


class TestACdn:
    def test_in_front_of_the_folder_gives_all_addresses(self, settings: Settings, api: APIClient) -> None:
        settings.MEDIA_URL = "https://cdn.shop.example/media/"
        product = stocked_variant().product
        staff = client_of(StaffFactory())
        given(
            staff.post(
                f"{V1}/products/{product.pk}/images",
                {"images": [upload(picture())], "is_primary": "true"},
                format="multipart",
            ),
            201,
        )
        make_missing_sizes()

        image = given(api.get(f"{V1}/products"))[0]["image"]

        assert all(image[name].startswith("https://cdn.shop.example/media/products/") for name in ("url", *SIZES))
        origin = image["large_url"].removeprefix("https://cdn.shop.example")
        assert b"".join(Client().get(origin).streaming_content).startswith(b"RIFF")

    def test_is_admitted_by_the_pages_policy(self, client: Client, settings: Settings) -> None:
        settings.MEDIA_URL = "https://cdn.shop.example/media/"
        image = ProductImage.objects.get(product=stocked_variant().product)
        ProductImage.objects.filter(pk=image.pk).update(file="products/a.jpg", external_url="", width=9, height=9)

        page = client.get(image.product.get_absolute_url())

        assert 'src="https://cdn.shop.example/media/products/a.jpg"' in page.content.decode()
        assert "img-src 'self' data: https:" in page["Content-Security-Policy"]

    @pytest.mark.parametrize("base_url", ["https://cdn.shop.example", "https://cdn.shop.example/pictures"])
    def test_in_front_of_a_bucket_gives_plain_addresses(self, settings: Settings, base_url: str) -> None:
        storage = file_storage(ObjectStorage("pictures", "eu-west-3"), base_url=base_url)
        settings.STORAGES = {**settings.STORAGES, "default": storage}

        assert default_storage.url("products/a.jpg") == f"{base_url}/products/a.jpg"
