"""A file of products that is too long for a request is imported in the background, batch by batch."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Change
from catalog.actions import CatalogAction
from catalog.bulk.imports import services
from catalog.bulk.imports.models import ImportFile, ImportJob
from catalog.bulk.imports.services import cancel_import, prune_imports, queue_import, resume_imports, run_import
from catalog.bulk.imports.states import TRANSITIONS, ImportState
from catalog.models import Category, Product, Variant
from core import clock
from core.errors import InvalidTransition
from tests.factories.accounts import StaffFactory
from tests.factories.catalog import CategoryFactory, ProductFactory, VariantFactory
from tests.factories.staff import staff_client
from tests.races import wait_until

pytestmark = pytest.mark.django_db

IMPORT = reverse("admin:catalog_product_import")
CONFIRM = reverse("admin:catalog_product_process_import")
LIST = reverse("admin:catalog_importjob_changelist")
HEAD = "sku,name_en,category,price\n"


def rows(count: int, price: str = "5") -> str:
    """A CSV file of so many new products."""
    if not Category.objects.filter(slug="glasses").exists():
        CategoryFactory(slug="glasses")
    return HEAD + "".join(f"S{number},Glass {number},glasses,{price}\n" for number in range(count))


def look(client: Client, content: str, kind: int = 0) -> HttpResponse:
    file = SimpleUploadedFile("spring.csv", content.encode())
    return client.post(IMPORT, {"import_file": file, "format": kind, "resource": 0})


def confirm(client: Client, seen: HttpResponse) -> HttpResponse:
    return client.post(CONFIRM, seen.context["confirm_form"].initial)


def queued(content: str, *, by: User | None = None, language: str = "en") -> ImportJob:
    """An import of a CSV file that nobody has begun."""
    file = ImportFile.objects.create(content=content.encode())
    return queue_import(
        file_id=file.pk,
        file_format="csv",
        file_name="spring.csv",
        started_by_id=(by or StaffFactory()).pk,
        language=language,
    )


def counts(job: ImportJob) -> dict[str, int]:
    job.refresh_from_db()
    return {name: getattr(job, name) for name in ("rows_done", "created", "updated", "unchanged", "failed")}


def page(job: ImportJob) -> str:
    return reverse("admin:catalog_importjob_change", args=[job.pk])


def test_a_file_of_5000_rows_is_looked_at_and_then_imported_by_the_task_with_its_progress() -> None:
    staff = staff_client()
    seen = look(staff, rows(5_000))
    assert len(seen.context["result"].lines) == 2_000
    assert "imported in the background" in seen.content.decode()
    assert Product.objects.count() == 0

    [job] = ImportJob.objects.all() if confirm(staff, seen).status_code == 302 else []
    assert job.state == ImportState.QUEUED
    assert Product.objects.count() == 0

    run_import(job_id=job.pk, batches=3)
    job.refresh_from_db()
    assert (job.state, job.rows_total, job.rows_done, job.percent) == (ImportState.RUNNING, 5_000, 1_500, 30)
    assert "1500 of 5000 rows" in staff.get(page(job)).content.decode().replace(",", "")

    run_import(job_id=job.pk)
    assert counts(job) == {"rows_done": 5_000, "created": 5_000, "updated": 0, "unchanged": 0, "failed": 0}
    assert job.state == ImportState.SUCCEEDED
    assert Product.objects.count() == 5_000
    assert not ImportFile.objects.exists()


def test_a_confirmed_file_is_queued_once() -> None:
    staff = staff_client()
    seen = look(staff, rows(2_001))
    confirm(staff, seen)

    assert confirm(staff, seen).headers["Location"] == IMPORT
    assert ImportJob.objects.count() == 1


def test_a_file_that_a_request_can_import_makes_no_job() -> None:
    staff = staff_client()

    confirm(staff, look(staff, rows(3)))

    assert (Product.objects.count(), ImportJob.objects.count(), ImportFile.objects.count()) == (3, 0, 0)


def test_a_file_beyond_the_larger_bound_is_refused(settings: Any) -> None:
    settings.IMPORT_MAX_ROWS = 2_500

    job = queued(rows(2_501))
    run_import(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, Product.objects.count()) == (ImportState.FAILED, 0)
    assert job.error == "The file has more than 2500 rows. Split it."


def test_wrong_rows_are_listed_by_number_and_reason_and_the_others_are_saved() -> None:
    file = HEAD + "A,Glass,glasses,5\nB,Glass,nowhere,5\nC,Glass,glasses,\nD,Glass,glasses,5\n\nA,Other,glasses,5\n"
    CategoryFactory(slug="glasses")
    staff, job = staff_client(), queued(file)

    run_import(job_id=job.pk)

    assert counts(job) == {"rows_done": 5, "created": 2, "updated": 0, "unchanged": 0, "failed": 3}
    refused = [(one.row, one.sku, one.column) for one in job.refusals.all()]
    assert refused == [(3, "B", "category"), (4, "C", "price"), (7, "A", "sku")]
    shown = staff.get(page(job)).content.decode()
    assert "There is no such category." in shown
    assert 'http-equiv="refresh"' not in shown


def test_reasons_are_in_the_language_of_who_started_the_import() -> None:
    job = queued(HEAD + "B,Glass,nowhere,5\n", language="fr")

    run_import(job_id=job.pk)

    assert job.refusals.get().message == "Cette catégorie n’existe pas."


def test_more_wrong_rows_than_anybody_reads_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_REFUSALS", 2)
    monkeypatch.setattr(services, "_ROWS_A_BATCH", 2)
    job = queued(HEAD + "".join(f"S{number},Glass,nowhere,5\n" for number in range(5)))

    run_import(job_id=job.pk)

    assert counts(job)["failed"] == 5
    assert job.refusals.count() == 2
    assert "And 3 more rows." in staff_client().get(page(job)).content.decode()


def test_the_variants_of_a_product_are_checked_together_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_ROWS_A_BATCH", 2)
    product = ProductFactory()
    for sku in ("A", "Z"):
        VariantFactory(product=product, sku=sku, currency="USD")
    others = "".join(f"S{number},5,EUR\n" for number in range(6))
    job = queued("sku,price,currency\nA,5,EUR\n" + others + "Z,5,EUR\n")

    run_import(job_id=job.pk)

    assert set(Variant.objects.filter(product=product).values_list("currency", flat=True)) == {"EUR"}
    assert counts(job)["updated"] == 2


def test_a_row_that_would_mix_currencies_leaves_nothing_behind() -> None:
    product = ProductFactory()
    for sku in ("A", "Z"):
        VariantFactory(product=product, sku=sku, currency="USD", price_minor=100)
    VariantFactory(sku="GOOD")
    job = queued("sku,price,currency\nA,5,EUR\nGOOD,7,\n")

    run_import(job_id=job.pk)

    assert (Variant.objects.get(sku="A").currency, Variant.objects.get(sku="GOOD").price_minor) == ("USD", 700)
    assert (counts(job)["updated"], job.failed) == (1, 1)


def test_a_second_worker_leaves_alone_what_one_holds() -> None:
    job = queued(rows(600))
    ImportFile.objects.update(lease=job.pk, leased_until=clock.now() + timedelta(minutes=1))

    assert run_import(job_id=job.pk) == 0
    assert counts(job)["rows_done"] == 0


def test_a_worker_whose_import_was_taken_over_saves_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    job = queued(rows(1_500))
    save_rows = services._save_rows

    def taken_over(batch: Any) -> Any:
        ImportFile.objects.update(lease=job.pk)
        return save_rows(batch)

    monkeypatch.setattr(services, "_save_rows", taken_over)

    assert run_import(job_id=job.pk) == 500
    assert counts(job)["rows_done"] == Product.objects.count() == 500


def test_an_import_that_nobody_works_on_is_sent_for_again(django_capture_on_commit_callbacks: Any) -> None:
    lost, held, fresh = queued(rows(1)), queued(rows(1)), queued(rows(1))
    now = clock.now()
    ImportJob.objects.exclude(pk=fresh.pk).update(updated_at=now - timedelta(minutes=10))
    ImportFile.objects.filter(job=held).update(leased_until=now + timedelta(minutes=1))
    ImportFile.objects.filter(job=lost).update(leased_until=now - timedelta(minutes=1))

    with django_capture_on_commit_callbacks() as sent:
        assert resume_imports() == 1
    assert len(sent) == 1


def test_rows_that_stop_every_worker_end_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    job = queued(rows(3))

    def fails(batch: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(services, "_save_rows", fails)
    for _attempt in range(3):
        with pytest.raises(MemoryError):
            run_import(job_id=job.pk)
        ImportFile.objects.filter(job=job).update(leased_until=None)
    run_import(job_id=job.pk)

    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert "stopped the import 3 times" in job.error


def test_an_import_is_cancelled_behind_the_batch_at_hand() -> None:
    staff, job = staff_client(), queued(rows(1_200))
    run_import(job_id=job.pk, batches=1)

    address = reverse("admin:catalog_importjob_cancel", args=[job.pk])
    staff.post(address, {})
    run_import(job_id=job.pk)

    assert counts(job)["rows_done"] == Product.objects.count() == 500
    assert job.state == ImportState.CANCELLED
    with pytest.raises(InvalidTransition):
        cancel_import(job_id=job.pk)


@pytest.mark.parametrize(
    "permissions", [("orders.view_order",), ("catalog.view_product",), CatalogAction.IMPORT_PRODUCTS.permissions[:3]]
)
def test_who_may_not_import_sees_no_import_and_stops_none(permissions: tuple[str, ...]) -> None:
    job, client = queued(rows(1)), staff_client(*permissions)
    cancel = reverse("admin:catalog_importjob_cancel", args=[job.pk])

    assert client.get(page(job)).status_code == client.get(LIST).status_code == 403
    assert client.post(cancel, {}).status_code in (302, 403)
    assert client.get(reverse("admin:index")).content.decode().count(LIST) == 0
    job.refresh_from_db()
    assert job.state == ImportState.QUEUED


def test_who_may_import_sees_imports_and_a_stranger_is_asked_to_log_in() -> None:
    job, client = queued(rows(1)), staff_client(*CatalogAction.IMPORT_PRODUCTS.permissions)

    assert client.get(page(job)).status_code == client.get(LIST).status_code == 200
    assert LIST in client.get(reverse("admin:index")).content.decode()
    assert Client().get(page(job)).status_code == 302


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_page_of_an_import_loads_itself_again_while_it_is_at_work(language: str) -> None:
    staff, job = staff_client(), queued(rows(1))
    staff.cookies["django_language"] = language

    assert 'http-equiv="refresh"' in staff.get(page(job)).content.decode()


def test_the_audit_tells_who_imported_and_which_import_changed_a_product() -> None:
    person = StaffFactory()
    job = queued(rows(1), by=person)

    run_import(job_id=job.pk)

    change = Change.objects.get(model="catalog.product")
    assert (change.actor_id, change.reference) == (person.pk, str(job.pk))
    assert Change.objects.filter(model="catalog.importjob", object_id=str(job.pk), operation="insert").exists()


def test_files_that_nobody_confirmed_and_imports_of_long_ago_are_forgotten() -> None:
    old, recent = queued(rows(1)), queued(rows(1))
    for job in (old, recent):
        run_import(job_id=job.pk)
    open_job = queued(rows(1))
    ImportJob.objects.filter(pk=old.pk).update(finished_at=clock.now() - timedelta(days=91))
    forgotten, waiting = (ImportFile.objects.create(content=b"sku\n") for _ in range(2))
    ImportFile.objects.exclude(pk=waiting.pk).update(uploaded_at=clock.now() - timedelta(days=2))

    assert prune_imports() == 2
    assert set(ImportJob.objects.all()) == {recent, open_job}
    assert set(ImportFile.objects.values_list("pk", flat=True)) == {waiting.pk, open_job.file.pk}
    assert not ImportFile.objects.filter(pk=forgotten.pk).exists()


def move(job: ImportJob, state: str) -> None:
    finished = None if TRANSITIONS[state] else clock.now()
    with transaction.atomic():
        ImportJob.objects.filter(pk=job.pk).update(state=state, finished_at=finished, rows_total=0)


@pytest.mark.parametrize("state", TRANSITIONS)
def test_every_state_is_reached_and_left_as_the_table_says(state: str) -> None:
    job = queued("sku\n")
    if state != ImportState.QUEUED:
        move(job, ImportState.RUNNING)
        move(job, state)

    for other in set(ImportState) - {state}:
        point = transaction.savepoint()
        if other in TRANSITIONS[state]:
            move(job, other)
        else:
            with pytest.raises(ProgrammingError, match="Invalid transition"):
                move(job, other)
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize(
    "values",
    [
        {"rows_done": 1},
        {"created": 1},
        {"rows_total": 1, "rows_done": 2, "created": 2},
        {"finished_at": "2026-01-01T00:00Z"},
    ],
)
def test_the_database_refuses_counts_that_do_not_add_up(values: dict[str, Any]) -> None:
    job = queued("sku\n")
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportJob.objects.filter(pk=job.pk).update(**values)


# --- Killed in the middle --------------------------------------------------------------------------

_WORKER = """
import django, sys
from django.conf import settings
from uuid import UUID
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[2]
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[2]
from catalog.bulk.imports.services import run_import
run_import(job_id=UUID(sys.argv[1]))
"""


@pytest.fixture
def worker() -> Iterator[Callable[[UUID], subprocess.Popen[bytes]]]:
    begun: list[subprocess.Popen[bytes]] = []

    def begin(job_id: UUID) -> subprocess.Popen[bytes]:
        name = str(connection.settings_dict["NAME"])
        process = subprocess.Popen([sys.executable, "-c", _WORKER, str(job_id), name], env=os.environ.copy())
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.wait(30)


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_goes_on_and_ends_with_the_right_counts(
    worker: Callable[[UUID], subprocess.Popen[bytes]],
) -> None:
    job = queued(rows(4_000))
    process = worker(job.pk)
    wait_until(lambda: counts(job)["rows_done"] >= 500)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)

    done = counts(job)["rows_done"]
    assert 500 <= done < 4_000
    wait_until(lambda: Product.objects.count() == counts(job)["rows_done"])
    assert run_import(job_id=job.pk) == 0  # the dead worker's lease

    with clock.at(clock.now() + services.LEASE):
        run_import(job_id=job.pk)

    assert counts(job) == {"rows_done": 4_000, "created": 4_000, "updated": 0, "unchanged": 0, "failed": 0}
    assert job.state == ImportState.SUCCEEDED
