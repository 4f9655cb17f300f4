"""The database connection: when it is asked whether it still works, and statements that are planned once."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pgtrigger
import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.db.backends.postgresql.psycopg_any import register_tzloader
from django.test.utils import CaptureQueriesContext
from psycopg.sql import SQL

from audit.models import Change
from catalog.models import Category
from core.db.locking import prepared_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is sent to the database beside Django's own record of queries."""
    statements: list[str] = []
    execute = psycopg.ClientCursor.execute

    def noted(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    connection.ensure_connection()
    connection.health_check_enabled = True
    connection._answered_at = float("-inf")
    yield statements
    connection.health_check_enabled = False


def a_request() -> None:
    connection.health_check_done = False
    connection.cursor().execute("SELECT 2")


def test_a_connection_that_answered_a_moment_ago_is_not_asked_again(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.postgresql.base._TRUSTED_SECONDS", 60)
    for _again in range(3):
        a_request()
    assert asked.count("SELECT 1") == 1


def test_a_connection_that_was_silent_for_long_is_asked(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    a_request()
    monkeypatch.setattr("core.postgresql.base._TRUSTED_SECONDS", 0)
    a_request()
    assert asked.count("SELECT 1") == 2


def test_a_server_that_hung_up_is_noticed_before_the_next_request() -> None:
    connection.health_check_enabled = True
    try:
        a_request()
        lost = connection.connection
        end_it(lost.info.backend_pid)
        a_request()
        assert connection.connection is not lost
    finally:
        connection.health_check_enabled = False


def end_it(pid: int) -> None:
    """End a server process and wait until it is gone."""
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.autocommit = True
        other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])


def test_a_transaction_that_failed_is_not_taken_for_usable() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    with transaction.atomic():
        with pytest.raises(DataError):
            connection.cursor().execute("SELECT 1 / 0")
        assert not connection.is_usable()
        transaction.set_rollback(True)


def prepared_statements(text: str) -> list[str]:
    found = prepared_rows("SELECT statement FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", [text])
    return [statement for (statement,) in found]


def test_what_is_sent_often_is_planned_once_and_counted_as_a_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        for number in range(8):
            assert prepared_rows("SELECT %s + 1 AS sum", [number]) == [(number + 1,)]
    assert [query["sql"] for query in queries][-1:] == ["SELECT 7 + 1 AS sum"]
    assert len(queries) == 8
    assert len(prepared_statements(" + 1 AS sum")) == 1


def test_what_the_orm_sends_often_is_planned_once() -> None:
    for _again in range(8):
        Category.objects.filter(slug="no such").first()
    assert len(prepared_statements('FROM "catalog_category"')) == 1


def test_a_setting_goes_before_a_statement_in_one_message_however_often() -> None:
    for _again in range(8):
        with pgtrigger.ignore("audit.Change:append_only"):
            Change.objects.filter(pk=0).delete()
            assert Category.objects.filter(slug="no such").update(position=3) == 0


@pytest.mark.parametrize(
    "query", ["SELECT set_config('souk.work', '%%', true); SELECT %s", SQL("SELECT {}, %s").format(1)]
)
def test_values_may_hold_anything(query: str | SQL) -> None:
    value = "100 % of 'that'; DROP TABLE catalog_category"
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        while cursor.nextset():
            pass
        assert cursor.fetchone()[-1] == value


@pytest.mark.parametrize(
    "said", ["2024-02-29 23:59:59.5+00", "0001-01-01 00:00+00", "9999-12-31 20:00:00.000001-03:30"]
)
def test_times_are_read_in_utc_as_django_reads_them(said: str) -> None:
    [[read]] = prepared_rows("SELECT %s::timestamptz", [said])
    with connection.cursor() as cursor:
        register_tzloader(UTC, cursor.cursor)
        cursor.execute("SELECT %s::timestamptz", [said])
        [theirs] = cursor.fetchone()
    assert (read, read.tzinfo) == (theirs, UTC)


@pytest.mark.parametrize("said", ["infinity", "10000-01-01 00:00+00", "0044-03-15 12:00+00 BC"])
def test_a_time_that_python_does_not_have_is_refused_with_its_reason(said: str) -> None:
    with pytest.raises(DataError, match=r"timestamp too (large|small)"):
        prepared_rows("SELECT %s::timestamptz", [said])


def test_a_connection_in_another_time_zone_keeps_django_s_own_reading() -> None:
    copied = connection.copy()
    copied.settings_dict = {**copied.settings_dict, "TIME_ZONE": "Africa/Tunis"}
    try:
        with copied.cursor() as cursor:
            cursor.execute("SELECT '2024-01-01 12:00+00'::timestamptz")
            [read] = cursor.fetchone()
    finally:
        copied.close()
    assert read.utcoffset() == timedelta(hours=1)
