"""Tells the database who is at work, in the same message as the first statement that writes in a transaction.

It is told again where the work is another, or a rollback has undone it. No query is added, nothing outlives the
transaction (so a connection may be shared by a pooler), and whoever only reads pays for a look at a statement's first
word.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg import sql
from psycopg.pq import TransactionStatus

from core.context import Work, current_work, working
from core.postgresql.base import DatabaseWrapper

_WRITES = re.compile(r"\s*(insert|update|delete|merge|copy|call|do)\b", re.IGNORECASE)
_WRITES_INSIDE = re.compile(r"\s*with\b.*\b(insert|update|delete|merge)\b", re.IGNORECASE | re.DOTALL)


def listen() -> None:
    """Follow every connection to a database, those that are open and those to come."""
    connection_created.connect(_follow, dispatch_uid="audit.recording")
    for connection in connections.all(initialized_only=True):
        _follow(sender=None, connection=connection)


def describe(work: Work) -> str:
    """The work as the triggers read it. Asks who it is, which may cost a query."""
    with working(Work(door=work.door)):  # whoever is asked must not be asked again by what they write
        actor = work.actor()
    return _described(str(work.door), work.activity[:200], work.reference[:64], actor)


@lru_cache(maxsize=256)  # a request is described whenever it writes
def _described(door: str, activity: str, reference: str, actor: UUID | None) -> str:
    described = {"door": door, "activity": activity, "reference": reference}
    return json.dumps(described | ({"actor": str(actor)} if actor else {}))


def announce(connection: BaseDatabaseWrapper) -> None:
    """Tell of the work at hand for the rest of the transaction: for COPY, which is no statement to Django."""
    described = describe(current_work())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('souk.work', %s, true)", [described])
    if not connection.autocommit:
        cast(DatabaseWrapper, connection).told = described


def _follow(*, sender: object, connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    if isinstance(connection, DatabaseWrapper) and _wrapper not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _wrapper)  # outermost, so that it sees a statement as it was written


def _wrapper(
    execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:  # the signature is Django's
    connection, cursor = context["connection"], context["cursor"].cursor
    text = statement.as_string(cursor) if isinstance(statement, sql.Composable) else statement
    in_error = cursor.connection.pgconn.transaction_status == TransactionStatus.INERROR
    if in_error or not (_WRITES.match(text) or _WRITES_INSIDE.match(text)):
        return execute(statement, params, many, context)
    described = describe(current_work())
    if connection.told == described:
        return execute(statement, params, many, context)
    if many:
        with transaction.atomic(using=connection.alias):
            announce(connection)
            return execute(statement, params, many, context)
    prefix = f"SELECT set_config('souk.work', {sql.quote(described)}, true); "
    if params is not None:
        prefix = prefix.replace("%", "%%")
    result = execute(prefix + text, params, many, context)
    while cursor.nextset():
        pass
    if not connection.autocommit:
        connection.told = described
    return result
