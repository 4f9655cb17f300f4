"""Reads a foreign database through SQLAlchemy: what it has, and its rows in chunks of bounded size."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import sqlalchemy as sa
from psycopg.types.string import TextLoader
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from etl.errors import SourceError
from etl.stream import Stream

CHUNK = 5_000


class Source(Protocol):
    """What the engine asks of a source; another kind of source (a folder of files) offers the same."""

    @property
    def address(self) -> str:
        """Where it is, without passwords."""

    def check(self, stream: Stream) -> None:
        """Raises SourceError naming the table or column that is missing."""

    def count(self, stream: Stream) -> int:
        """How many rows the source says it has, by a query of its own."""

    def chunks(self, stream: Stream) -> Iterator[Sequence[Sequence[Any]]]:
        """The rows, in the order of the stream's columns."""


@contextmanager
def open_source(address: str) -> Iterator[Source]:
    """Open a database by URL, or an SQLite file by path, read-only and in one snapshot.

    Raises SourceError if it cannot be reached.
    """
    engine, shown = _engine(address)
    try:
        with engine.connect() as connection, connection.begin():
            yield SqlSource(shown, connection)
    except SQLAlchemyError as error:
        raise SourceError(f"cannot read {shown}: {_first_line(error)}") from error
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A database reached through SQLAlchemy."""

    address: str
    connection: sa.Connection

    def check(self, stream: Stream) -> None:
        self._spelled(stream)

    def count(self, stream: Stream) -> int:
        counted = sa.select(sa.func.count()).select_from(_rows(stream))
        return int(self.connection.execute(counted).scalar_one())

    def chunks(self, stream: Stream) -> Iterator[Sequence[Sequence[Any]]]:
        # Columns without a type: values come as the driver gives them, so no bad date ends the reading.
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in self._spelled(stream)]
        statement = sa.select(*columns).select_from(_rows(stream))
        with self.connection.execution_options(stream_results=True).execute(statement) as result:
            yield from result.partitions(CHUNK)

    def _spelled(self, stream: Stream) -> list[str]:
        """The stream's columns as the source writes them: databases differ in which case they keep."""
        found = self._query_columns(stream) if stream.query else self._table_columns(stream)
        have = {column.lower(): column for column in found} | {column: column for column in found}
        names = {column: have.get(column) or have.get(column.lower()) for column in stream.columns}
        if missing := [column for column, name in names.items() if name is None]:
            what = f"the query of stream {stream.name}" if stream.query else f"table {stream.table}"
            raise SourceError(f"{what} has no column {', '.join(missing)} (it has: {', '.join(found)})")
        return [name for name in names.values() if name]

    def _table_columns(self, stream: Stream) -> list[str]:
        inspector = sa.inspect(self.connection)
        if not inspector.has_table(stream.table, stream.schema):
            tables = [*inspector.get_table_names(stream.schema), *inspector.get_view_names(stream.schema)]
            raise SourceError(f"{self.address} has no table {stream.table} (it has: {', '.join(sorted(tables))})")
        return [column["name"] for column in inspector.get_columns(stream.table, stream.schema)]

    def _query_columns(self, stream: Stream) -> list[str]:
        with self.connection.execute(sa.select(sa.text("*")).select_from(_rows(stream)).limit(0)) as result:
            return list(result.keys())


def _rows(stream: Stream) -> sa.FromClause:
    if stream.query:
        return sa.text(stream.query).columns().subquery("stream")
    return sa.table(stream.table, schema=stream.schema)


def _engine(address: str) -> tuple[sa.Engine, str]:
    url = _url(address)
    shown = str(url.database) if url.get_backend_name() == "sqlite" else url.set(query={}).render_as_string()
    try:
        engine = sa.create_engine(_read_only(url), poolclass=sa.NullPool, execution_options=_execution_options(url))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise SourceError(f"cannot read {shown}: the driver is not installed ({error})") from error
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    if url.drivername == "postgresql+psycopg":
        sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine, shown


def _execution_options(url: URL) -> dict[str, Any]:
    """One transaction for the whole run that sees all tables at one moment, and writes nothing where that is known."""
    match url.get_backend_name():
        case "sqlite":
            return {}
        case "postgresql":
            return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        case _:
            return {"isolation_level": "REPEATABLE READ"}


def _url(address: str) -> URL:
    if "://" not in address:
        return URL.create("sqlite", database=str(Path(address).resolve()))
    # The short names that hosting gives; without a driver SQLAlchemy might look for one that is not installed.
    for short in ("postgres://", "postgresql://"):
        if address.startswith(short):
            address = "postgresql+psycopg://" + address.removeprefix(short)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # What is no port may be part of a password, so the cause is not to be shown.
        raise SourceError("the source is neither a database URL nor a path") from None
    # A password with an @ of its own is cut there, and its rest would be printed as the host.
    if "@" in (url.host or ""):
        raise SourceError("the source's URL has more than one @; in a name or a password write it as %40")
    return url


def _read_only(url: URL) -> URL:
    if url.get_backend_name() != "sqlite":
        return url
    path = Path(url.database or "")
    # SQLite would make an empty database out of a mistyped path.
    if not path.is_file():
        raise SourceError(f"there is no file {path}")
    return URL.create(url.drivername, database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would not begin a transaction for a SELECT
    # Broken UTF-8 reaches the staging as lone surrogates, where it rejects its row instead of ending the run.
    connection.text_factory = lambda value: value.decode("utf-8", "surrogateescape")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # As text, for Python has no date before the year 1 or after 9999, none for "infinity", no time of 24:00, and reads
    # no JSON with numbers of any length.
    for name in ("date", "timestamp", "timestamptz", "time", "timetz", "interval", "json", "jsonb"):
        connection.adapters.register_loader(name, TextLoader)
    connection.execute("SET datestyle = ISO")
    connection.execute("SET timezone = UTC")
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
