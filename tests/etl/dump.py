"""A PostgreSQL dump in plain SQL, loaded into a database of its own beside the tests' one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.db import connection
from psycopg import sql


@contextmanager
def loaded(dump: Path, name: str) -> Iterator[str]:
    """The address of a database that holds a dump; it is dropped in the end."""
    settings = connection.settings_dict
    server = {"host": settings["HOST"], "user": settings["USER"], "port": settings["PORT"] or None}
    server = {key: value for key, value in server.items() if value}
    identifier = sql.Identifier(name)
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            with psycopg.connect(dbname=name, **server) as database:
                _run(database, dump)
            yield f"postgresql://{settings['USER']}@/{name}?host={quote(str(settings['HOST']), safe='')}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _run(database: psycopg.Connection, dump: Path) -> None:
    statements: list[str] = []
    with dump.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("COPY "):
                database.execute("".join(statements).encode())
                statements = []
                _copy(database, line, lines)
            elif not line.startswith("\\"):
                statements.append(line)
    database.execute("".join(statements).encode())


def _copy(database: psycopg.Connection, statement: str, lines: Iterator[str]) -> None:
    with database.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for line in lines:
            if line == "\\.\n":
                return
            copy.write(line)
