"""Integrators send a file of products, are answered at once, and follow the import to its end."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import CatalogAction
from catalog.bulk.imports.models import ImportFile, ImportJob
from catalog.bulk.imports.services import run_import
from catalog.bulk.imports.states import ImportState
from catalog.models import Variant
from tests.api import V1, client_of, codes_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import CategoryFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

URL = f"{V1}/imports/products"
HEAD = "sku,name_en,category,price\n"


def rows(count: int) -> str:
    return HEAD + "".join(f"S{number},Glass {number},glasses,5\n" for number in range(count))


@pytest.fixture
def staff() -> APIClient:
    CategoryFactory(slug="glasses")
    return client_of(StaffFactory())


def send(client: APIClient, content: str | bytes, name: str = "spring.csv", **fields: Any) -> HttpResponse:
    content = content.encode() if isinstance(content, str) else content
    language = fields.pop("language", "en")
    body = {"file": SimpleUploadedFile(name, content), **fields}
    return client.post(URL, body, format="multipart", headers={"accept-language": language})


def test_a_file_of_5000_rows_is_queued_at_once_and_followed_to_its_end(staff: APIClient) -> None:
    answer = send(staff, rows(5_000))
    begun = given(answer, 202)

    assert (begun["state"], begun["rows_total"], begun["file_name"]) == ("queued", None, "spring.csv")
    assert answer["Location"] == f"http://testserver{URL}/{begun['id']}"
    while run_import(job_id=begun["id"], batches=4):
        at_work = given(staff.get(answer["Location"]))
        assert at_work["rows_done"] % 500 == 0
    ended = given(staff.get(answer["Location"]))
    assert (ended["state"], ended["rows_total"], ended["created"]) == ("succeeded", 5_000, 5_000)
    assert Variant.objects.count() == 5_000
    assert [one["id"] for one in given(staff.get(URL))] == [begun["id"]]


def test_refused_rows_are_listed_by_number_in_the_language_of_the_upload(staff: APIClient) -> None:
    begun = given(send(staff, rows(3) + "X,,glasses,5\nY,Cup,glasses,cheap\n", language="fr"), 202)
    run_import(job_id=begun["id"])

    told = given(staff.get(f"{URL}/{begun['id']}/refusals"))
    assert [(one["row"], one["sku"], one["column"]) for one in told] == [(5, "X", "name_en"), (6, "Y", "price")]
    assert "montant" in told[1]["message"] or "nombre" in told[1]["message"]
    counts = given(staff.get(f"{URL}/{begun['id']}"))
    assert (counts["created"], counts["failed"], counts["state"]) == (3, 2, "succeeded")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ("", "spring.csv", "no_rows"),
        (HEAD, "spring.csv", "no_rows"),
        ("sku,colour\nA,red\n", "spring.csv", "unknown_column"),
        ("name_en,price\nGlass,5\n", "spring.csv", "no_sku"),
        ("sku,sku\nA,B\n", "spring.csv", "repeated_column"),
        ("no workbook", "spring.xlsx", "unreadable_file"),
        ('{"sku": "A"}', "spring.json", "not_rows"),
        ("[", "spring.json", "unreadable_file"),
    ],
)
def test_a_file_that_no_row_could_be_read_from_is_refused_at_once(
    staff: APIClient, content: str, name: str, code: str
) -> None:
    assert codes_of(send(staff, content, name), 422, code) == {"file": code}
    assert not ImportJob.objects.exists()
    assert not ImportFile.objects.exists()


def test_a_file_of_another_ending_needs_its_format_named(staff: APIClient) -> None:
    assert codes_of(send(staff, rows(1), "spring.txt"), 422, "unknown_format") == {"format": "unknown_format"}
    assert given(send(staff, rows(1), "spring.txt", format="csv"), 202)["file_format"] == "csv"
    assert "format" in codes_of(send(staff, rows(1), format="pdf"))


def test_a_request_without_a_file_names_what_is_missing(staff: APIClient) -> None:
    assert codes_of(staff.post(URL, {}, format="multipart")) == {"file": "required"}
    assert codes_of(staff.post(URL, {"file": "sku"}, format="json"))["file"]
    assert codes_of(send(staff, rows(1), dry_run="true"))["dry_run"] == "unknown_field"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(staff: APIClient) -> None:
    too_large = b"x" * (settings.IMPORT_MAX_BYTES + settings.FORM_MAX_BYTES)
    refused(send(staff, too_large), 413, "body_too_large")


def test_a_repeated_request_with_its_key_makes_one_import(staff: APIClient) -> None:
    def again() -> HttpResponse:
        body = {"file": SimpleUploadedFile("spring.csv", rows(1).encode())}
        return staff.post(URL, body, format="multipart", headers={"idempotency-key": "spring-1"})

    first, second = given(again(), 202), given(again(), 202)
    assert first == second
    assert ImportJob.objects.count() == 1


def test_an_import_is_cancelled_once(staff: APIClient) -> None:
    begun = given(send(staff, rows(1)), 202)

    assert given(staff.post(f"{URL}/{begun['id']}/cancel"))["state"] == ImportState.CANCELLED
    refused(staff.post(f"{URL}/{begun['id']}/cancel"), 409, "invalid_transition")
    assert run_import(job_id=begun["id"]) == 0


@pytest.mark.parametrize("lacking", CatalogAction.IMPORT_PRODUCTS.permissions)
def test_it_takes_all_permissions_of_importing(staff: APIClient, lacking: str) -> None:
    begun = given(send(staff, rows(1)), 202)
    partial = client_of(colleague(*(set(CatalogAction.IMPORT_PRODUCTS.permissions) - {lacking})))

    for stranger in (partial, client_of(UserFactory())):
        refused(send(stranger, rows(1)), 403, "not_allowed")
        for address in (URL, f"{URL}/{begun['id']}", f"{URL}/{begun['id']}/refusals"):
            refused(stranger.get(address), 403, "not_allowed")
        refused(stranger.post(f"{URL}/{begun['id']}/cancel"), 403, "not_allowed")
    refused(send(APIClient(), rows(1)), 401, "not_authenticated")
    assert ImportJob.objects.count() == 1
    assert ImportJob.objects.get().state == ImportState.QUEUED


def test_the_import_names_who_sent_it(staff: APIClient) -> None:
    user: User = colleague(*CatalogAction.IMPORT_PRODUCTS.permissions)
    given(send(client_of(user), rows(1)), 202)

    assert ImportJob.objects.get().started_by == user
