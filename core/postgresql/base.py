"""Django's PostgreSQL, spared a question before every request; what a connection sends often is planned once."""

import select
import time
from datetime import UTC, datetime
from typing import Any, Self

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import Buffer, Params
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestamptzLoader

# Statements that a connection keeps: what carts, the checkout and the pages send, in the sizes of their lists.
_KEPT_STATEMENTS = 250
# A connection may also be lost without a word, as by a firewall that forgot it.
_TRUSTED_SECONDS = 5


class Cursor(psycopg.Cursor[Any]):
    """Sends values beside a statement, which is planned once if a connection sends it again and again.

    The audit and pgtrigger put a setting before some: PostgreSQL takes several statements in one message only with
    their values written in, and plans them each time.
    """

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> Self:
        """As psycopg's."""
        if isinstance(query, str) and query.startswith("SELECT set_config("):
            query = psycopg.ClientCursor(self.connection).mogrify(query, params) if params is not None else query
            return super().execute(query, prepare=False)
        return super().execute(query, params, **options)


class Unreachable(psycopg.OperationalError):
    """No connection could be made: the server is down or elsewhere, or does not let us in."""


class UtcLoader(Loader):
    """Reads times of a connection in UTC as Django's own does, without a regular expression for each of them."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            # It says what is wrong with a year that Python does not have.
            return TimestamptzLoader(self.oid, self.connection).load(data)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with cheap health checks and our cursor."""

    # The work that the audit has told the database of, for as long as this transaction knows it (audit.recording).
    told: str | None = None
    _answered_at = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's, for psycopg."""
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As Django's, with room for more statements that are planned once. Raises Unreachable."""
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            raise Unreachable(*error.args) from error
        connection.prepared_max = _KEPT_STATEMENTS
        if self.timezone is UTC:
            connection.adapters.register_loader("timestamptz", UtcLoader)
        return connection

    def _set_autocommit(self, autocommit: bool) -> None:
        self.told = None
        super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _commit(self) -> None:
        self.told = None
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self.told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # A setting is undone with the savepoint after which it was made.
        self.told = None
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def is_usable(self) -> bool:
        """Whether the server still answers, without asking it when it has answered a moment ago and not hung up."""
        has_answered = not self.errors_occurred and time.monotonic() - self._answered_at < _TRUSTED_SECONDS
        if has_answered and self._is_silent():
            return True
        usable: bool = super().is_usable()
        if usable:
            self._answered_at = time.monotonic()
        return usable

    def _is_silent(self) -> bool:
        """Whether nothing waits to be read on an idle connection: a server that goes away says farewell."""
        if self.connection is None or self.connection.info.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
