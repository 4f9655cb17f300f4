"""A body that is larger than its address takes is refused before any of it is read."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.api import V1, refused
from tests.factories.catalog import ProductFactory
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

HUGE = 400_000_000
FORM = "multipart/form-data; boundary=x"


class Unread:
    """A body that must not be read."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, address: str, length: int = HUGE, kind: str = FORM, **more: Any) -> Any:
    return client.generic(
        "POST", address, b"", content_type=kind, CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()}, **more
    )


@pytest.mark.parametrize(
    "address",
    [
        "/en/account/login/",
        "/en/account/signup/",
        "/en/cart/items/",
        "/en/theme/",
        "/en/orders/track/",
        "/en/checkout/address/",
        "/i18n/setlang/",
        "/admin/login/",
        "/admin/catalog/product/add/",
        "/admin/catalog/product/import/",
    ],
)
@pytest.mark.parametrize("kind", [FORM, "application/x-www-form-urlencoded", "text/plain"])
def test_a_page_reads_no_body_that_is_too_large(client: Client, address: str, kind: str) -> None:
    answer = send(client, address, kind=kind)
    assert answer.status_code == 413
    assert "<html" in answer.text


@pytest.mark.parametrize(
    ("language", "words"), [("en", "larger than we can take"), ("fr", "plus volumineux"), ("ar", "أكبر مما")]
)
def test_it_is_told_in_the_language_of_the_page(client: Client, language: str, words: str) -> None:
    assert words in send(client, f"/{language}/account/login/").text


@pytest.mark.parametrize(
    "address", ["cart/items", "auth/login", "checkout/place", "products", "products/bulk", "products/tea/images"]
)
def test_the_api_says_so_in_its_envelope(client: Client, address: str) -> None:
    refused(send(client, f"{V1}/{address}", kind="application/json"), 413, "body_too_large")


def test_a_body_without_a_length_is_asked_for_one(client: Client) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Unread()}
    page = client.generic("POST", "/en/account/login/", b"", content_type=FORM, CONTENT_LENGTH="", **chunked)
    assert page.status_code == 411
    api = client.generic("POST", f"{V1}/auth/login", b"", "application/json", CONTENT_LENGTH="", **chunked)
    refused(api, 411, "length_required")


def test_staff_may_send_pictures_and_files_and_no_more() -> None:
    staff, product = staff_client(), ProductFactory()
    change = f"/admin/catalog/product/{product.pk}/change/"
    within = {"file": SimpleUploadedFile("large.jpg", b"x" * 1_100_000)}
    assert staff.post(change, within).status_code != 413
    assert staff.post("/admin/catalog/product/import/", within).status_code == 200
    for address in (change, "/admin/catalog/product/import/", "/admin/accounts/user/add/"):
        assert send(staff, address).status_code == 413
    assert send(staff, "/admin/accounts/user/add/", 1_100_000).status_code == 413


def test_how_much_is_a_setting(client: Client, settings: Settings) -> None:
    settings.FORM_MAX_BYTES = 20_000
    assert send(client, "/en/account/login/", 20_001).status_code == 413
    assert client.post("/en/account/login/", {"login": "x" * 15_000}).status_code == 200
