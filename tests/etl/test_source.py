"""Reading a foreign database: any SQL URL, tables and queries, values as exact text."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from sqlalchemy.exc import InternalError, OperationalError

from etl.errors import SourceError
from etl.source import CHUNK, open_source
from etl.staging import as_text
from etl.stream import Stream


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "a folder?" / "numbers #1.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute('CREATE TABLE "My Numbers" (n INTEGER, "A Name" TEXT)')
        database.executemany('INSERT INTO "My Numbers" VALUES (?, ?)', ((n, f"n{n}") for n in range(CHUNK + 1)))
    return path


def rows(address: str, stream: Stream) -> Iterator[Any]:
    with open_source(address) as source:
        source.check(stream)
        for chunk in source.chunks(stream):
            yield from chunk


def test_a_table_is_read_in_chunks(numbers: Path) -> None:
    stream = Stream(name="numbers", table="My Numbers", columns=("A Name", "n"))
    with open_source(str(numbers)) as source:
        source.check(stream)
        chunks = list(source.chunks(stream))

        assert [len(chunk) for chunk in chunks] == [CHUNK, 1]
        assert tuple(chunks[0][1]) == ("n1", 1)
        assert source.count(stream) == CHUNK + 1


def test_a_query_is_read_in_the_sources_own_sql(numbers: Path) -> None:
    stream = Stream(name="few", query='SELECT n * 2 AS twice FROM "My Numbers" WHERE n < 3', columns=("twice",))

    assert [row[0] for row in rows(f"sqlite:///{numbers}".replace("?", "%3F"), stream)] == [0, 2, 4]


def test_a_column_that_a_query_does_not_have_is_named(numbers: Path) -> None:
    stream = Stream(name="few", query="SELECT 1 AS one", columns=("one", "two"))
    with pytest.raises(SourceError, match=r"the query of stream few has no column two \(it has: one\)"):
        list(rows(str(numbers), stream))


def test_a_source_cannot_be_written(numbers: Path) -> None:
    with (
        open_source(str(numbers)) as source,
        pytest.raises(OperationalError, match="attempt to write a readonly database"),
    ):
        source.connection.exec_driver_sql('DELETE FROM "My Numbers"')


def test_a_postgresql_source_cannot_be_written() -> None:
    with (
        open_source(own_postgresql()) as source,
        pytest.raises(InternalError, match="read-only transaction"),
    ):
        source.connection.exec_driver_sql("CREATE TABLE never (n int)")


def own_postgresql() -> str:
    host = quote(connection.settings_dict["HOST"], safe="")
    return f"postgres://postgres@/postgres?host={host}"


def test_another_postgresql_is_a_source_too() -> None:
    stream = Stream(name="dates", query="SELECT n, 0.1::real AS r FROM generate_series(1, 3) AS n", columns=("n", "r"))

    assert [[as_text(value) for value in row] for row in rows(own_postgresql(), stream)] == [
        ["1", "0.1"], ["2", "0.1"], ["3", "0.1"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("as it is ", "as it is "),
        (True, "true"),
        (7, "7"),
        (0.15, "0.15"),
        (1e22, "1e+22"),
        (Decimal("1E+3"), "1000"),
        (date(2019, 3, 1), "2019-03-01"),
        (datetime(2019, 3, 1, 12, tzinfo=UTC), "2019-03-01 12:00:00+00:00"),
        (b"\x00\xff", "\\x00ff"),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_values_become_text_that_loses_nothing(value: Any, text: str | None) -> None:
    assert as_text(value) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("number(' -1.50 ')", Decimal("-1.50")),
        ("number('1e2')", Decimal(100)),
        ("number('1e9999')", None),
        ("number('0x10')", None),
        ("number('')", None),
        ("moment('1996-07-04 00:00:00.000', 'UTC')", datetime(1996, 7, 4, tzinfo=UTC)),
        ("moment('1996-07-04', 'Africa/Tunis')", datetime(1996, 7, 3, 23, tzinfo=UTC)),
        ("moment('1996-07-04T12:00:00+02:00', 'Africa/Tunis')", datetime(1996, 7, 4, 10, tzinfo=UTC)),
        ("moment('1996-07-04T12:00Z', 'Africa/Tunis')", datetime(1996, 7, 4, 12, tzinfo=UTC)),
        ("moment('1996-13-04', 'UTC')", None),
        ("moment('tomorrow', 'UTC')", None),
        ("moment('0000-01-01', 'UTC')", None),
        ("yes(' On ')", True),
        ("yes('0')", False),
        ("yes('oui')", None),
        ("slug('  Crème brûlée -- “n° 5”_ ')", "creme-brulee-n-5"),
        ("slug('شاي')", ""),
    ],
)
def test_what_mappings_read_text_with(expression: str, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT etl_staging.{expression}")
        assert cursor.fetchone()[0] == value
