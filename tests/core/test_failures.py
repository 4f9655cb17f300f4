"""Background tasks that fail are kept until they succeed, and staff sends them again."""

from datetime import timedelta
from typing import Any

import pytest
from celery import shared_task
from django.db import IntegrityError
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from core import clock
from core.failures.services import AlreadyRetried, record_failure, resolve_failure, retry_task
from core.models import FailedTask
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

NAME = "catalog.tasks.make_sizes"
ARGUMENTS = {"image_id": "01890000-0000-7000-8000-000000000000"}


@shared_task(name="tests.fragile")
def fragile(*, number: int, works: bool = False) -> int:
    if not works and FailedTask.objects.count() == 0:
        raise ValueError(f"{number} is broken")
    return number


def a_failure() -> FailedTask:
    record_failure(name=NAME, arguments=ARGUMENTS, error="OSError: the storage is away", traceback="…")
    return FailedTask.objects.get()


def test_a_task_that_fails_is_kept_with_its_arguments_and_error() -> None:
    fragile.apply(kwargs={"number": 3})

    row = FailedTask.objects.get()
    assert (row.name, row.arguments, row.error) == ("tests.fragile", {"number": 3}, "ValueError: 3 is broken")
    assert "is broken" in row.traceback
    assert row.resolved_at is None


def test_the_same_task_that_succeeds_resolves_it() -> None:
    fragile.apply(kwargs={"number": 3})

    fragile.apply(kwargs={"number": 3})

    assert FailedTask.objects.get().resolved_at is not None


def test_a_task_with_other_arguments_that_succeeds_does_not() -> None:
    fragile.apply(kwargs={"number": 3})

    fragile.apply(kwargs={"number": 4})

    assert FailedTask.objects.get().resolved_at is None


def test_failing_again_counts_on_the_same_row() -> None:
    a_failure()

    assert a_failure().times == 2


def test_failing_after_it_succeeded_is_told_anew() -> None:
    a_failure()
    resolve_failure(name=NAME, arguments=ARGUMENTS)

    record_failure(name=NAME, arguments=ARGUMENTS, error="OSError: again")

    assert FailedTask.objects.filter(resolved_at=None).count() == 1


def test_the_database_keeps_one_open_row_a_task() -> None:
    a_failure()
    with pytest.raises(IntegrityError, match="open_once"):
        FailedTask.objects.create(name=NAME, arguments=ARGUMENTS, error="")


def test_an_error_with_a_nul_is_kept_too() -> None:
    record_failure(name=NAME, arguments=ARGUMENTS, error="bad byte \0 in file")

    assert FailedTask.objects.get().error == "bad byte  in file"


class TestSendingAgain:
    def test_sends_the_task_with_its_arguments(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        row = a_failure()

        with django_capture_on_commit_callbacks() as callbacks:
            retry_task(failed_task_id=row.pk)

        sent: Any = callbacks[0]
        assert sent.args == (NAME, ARGUMENTS)

    def test_twice_sends_once(self) -> None:
        row = a_failure()
        retry_task(failed_task_id=row.pk)

        with pytest.raises(AlreadyRetried):
            retry_task(failed_task_id=row.pk)

    def test_is_possible_once_more_when_it_failed_anew_or_nothing_was_heard(self) -> None:
        row = a_failure()
        retry_task(failed_task_id=row.pk)
        a_failure()
        retry_task(failed_task_id=row.pk)

        with clock.at(clock.now() + timedelta(minutes=6)):
            assert retry_task(failed_task_id=row.pk).retried_at is not None

    def test_is_not_needed_for_what_succeeded(self) -> None:
        row = a_failure()
        resolve_failure(name=NAME, arguments=ARGUMENTS)

        with pytest.raises(AlreadyRetried):
            retry_task(failed_task_id=row.pk)

    def test_is_a_button_for_those_who_may(self) -> None:
        row = a_failure()
        address = reverse("admin:core_failedtask_retry", args=[row.pk])

        refused = staff_client("core.view_failedtask").post(address)
        staff_client("core.change_failedtask").post(address)

        assert refused.status_code == 403
        row.refresh_from_db()
        assert row.retried_at is not None


class TestOverview:
    def test_names_what_failed(self) -> None:
        row = a_failure()

        page = staff_client("core.view_failedtask").get(reverse("admin:index"))

        assert page.context["failed_tasks"] == [row]
        assert "the storage is away" in page.content.decode()

    def test_leaves_out_what_succeeded_since(self) -> None:
        a_failure()
        resolve_failure(name=NAME, arguments=ARGUMENTS)

        assert staff_client().get(reverse("admin:index")).context["failed_tasks"] == []

    def test_is_not_for_those_who_may_not_see_it(self) -> None:
        a_failure()

        page = staff_client("orders.view_order").get(reverse("admin:index"))

        assert "failed_tasks" not in page.context
