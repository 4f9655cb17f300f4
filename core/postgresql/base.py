"""Django's PostgreSQL, spared a question before every request and the planning of the statements that run all day."""

import select
import time
from typing import Any

from django.db.backends.postgresql import base, operations
from django.utils.asyncio import async_unsafe
from psycopg.pq import TransactionStatus

# A connection may also be lost without a word, as by a firewall that forgot it.
_TRUSTED_SECONDS = 5


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, which also tell what a prepared cursor has executed: values are not in the text."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        is_prepared = isinstance(cursor, base.ServerBindingCursor)
        return sql if is_prepared else super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with cheap health checks and `prepared_cursor`."""

    ops_class = DatabaseOperations

    _answered_at = 0.0

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

    @async_unsafe
    def prepared_cursor(self) -> Any:
        """A cursor whose statements are planned once a connection: values are sent beside them, not written in.

        For the few that run all day and are planned alike for all values. Where a pooler cannot keep prepared
        statements (DATABASE_PREPARED_STATEMENTS=false) they are planned each time.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]
            return self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # of BaseDatabaseWrapper
