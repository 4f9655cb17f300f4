"""Stored pictures that nothing refers to any more go, and no others."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from catalog import tasks
from catalog.media.services import add_images, make_missing_sizes
from catalog.media.unused_files import delete_unused_files, unused_files
from catalog.models import ProductImage
from catalog.publishing import delete_image
from core import clock
from core.db.advisory_locks import AdvisoryLock, advisory_lock
from core.web.storage import delete_old, keep
from tests.catalog.test_storages import bucket, s3  # noqa: F401 - fixtures
from tests.factories.catalog import ProductFactory
from tests.factories.files import picture, upload
from tests.factories.s3 import Bucket

pytestmark = pytest.mark.django_db

OLD = f"products/{'a' * 32}.jpg"


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1, minutes=1)


def image_with_sizes() -> ProductImage:
    (image,) = add_images(product_id=ProductFactory().pk, uploads=[upload(picture())])
    make_missing_sizes()
    return image


def test_of_a_deleted_picture_file_and_sizes_go() -> None:
    image = image_with_sizes()
    assert delete_unused_files(older_than=tomorrow()) == 0

    delete_image(product_id=image.product_id, public_id=image.public_id)

    assert delete_unused_files(older_than=tomorrow()) == 4
    assert default_storage.listdir("products")[1] == default_storage.listdir("products/sizes")[1] == []


def test_a_file_that_another_picture_shows_stays() -> None:
    first, second = image_with_sizes(), image_with_sizes()
    delete_image(product_id=first.product_id, public_id=first.public_id)

    assert delete_unused_files(older_than=tomorrow()) == 0
    assert default_storage.exists(second.file.name)


def test_a_young_file_stays_for_its_row_may_be_on_the_way() -> None:
    keep(OLD, b"content")
    assert unused_files(older_than=timezone.now() - timedelta(hours=1)) == []


def test_what_the_shop_did_not_name_stays() -> None:
    for name in ("products/tea.jpg", f"placeholders/{'a' * 32}.webp", "products/sizes/notes.txt"):
        default_storage.save(name, ContentFile(b"somebody's"))
    assert unused_files(older_than=tomorrow()) == []


def test_a_file_that_is_kept_again_is_young_again() -> None:
    keep(OLD, b"content")
    os.utime(default_storage.path(OLD), (0, 0))
    between = timezone.now() - timedelta(hours=1)
    assert unused_files(older_than=between) == [OLD]

    keep(OLD, b"content")

    assert not delete_old(OLD, older_than=between, unless=lambda _name: False)
    assert default_storage.exists(OLD)


def test_as_many_go_as_are_allowed() -> None:
    for letter in "abc":
        keep(f"products/{letter * 32}.jpg", b"content")
    assert [delete_unused_files(older_than=tomorrow(), limit=2) for _again in range(3)] == [2, 1, 0]


def test_the_task_and_the_command_leave_a_day() -> None:
    keep(OLD, b"content")
    assert tasks.delete_unused_files() == 0
    with clock.at(tomorrow()):
        out = StringIO()
        call_command("delete_unused_files", "--dry-run", stdout=out)
        assert out.getvalue() == f"{OLD}\nFiles that would be deleted: 1.\n"
        assert default_storage.exists(OLD)
        call_command("delete_unused_files", stdout=out)
        assert out.getvalue().endswith("Files deleted: 1.\n")


@contextmanager
def gone_once_it_is_listed() -> Iterator[None]:
    """Somebody else deletes the file between the listing and the look at it, where the rows are asked for it."""

    def delete(execute: Callable[..., Any], *arguments: Any) -> Any:
        default_storage.delete(OLD)
        return execute(*arguments)

    with connection.execute_wrapper(delete):
        yield


def test_a_file_that_somebody_else_deletes_meanwhile_is_passed_over() -> None:
    keep(OLD, b"content")
    keep(f"products/{'b' * 32}.jpg", b"content")
    with gone_once_it_is_listed():
        assert delete_unused_files(older_than=tomorrow()) == 1
    assert default_storage.listdir("products")[1] == []


def test_so_it_is_in_a_bucket(bucket: Bucket) -> None:  # noqa: F811
    keep(OLD, b"content")
    with gone_once_it_is_listed():
        assert unused_files(older_than=tomorrow()) == []


def test_a_file_that_is_not_there_is_not_deleted() -> None:
    assert not delete_old(OLD, older_than=tomorrow(), unless=lambda _name: False)


def test_in_a_bucket_too(bucket: Bucket) -> None:  # noqa: F811
    image = image_with_sizes()
    delete_image(product_id=image.product_id, public_id=image.public_id)
    assert len(bucket.names()) == 4

    assert delete_unused_files(older_than=tomorrow()) == 4

    assert bucket.names() == []


@pytest.mark.django_db(transaction=True)
def test_a_file_that_somebody_is_writing_is_left_alone(settings: Settings) -> None:
    keep(OLD, b"content")
    held, tried = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with advisory_lock(AdvisoryLock.STORED_FILE, OLD):
                held.set()
                assert tried.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert held.wait(60)
        assert delete_unused_files(older_than=tomorrow()) == 0
        tried.set()
        writing.result()
    assert delete_unused_files(older_than=tomorrow()) == 1
