"""Invariants recomputed from the rows themselves, whoever wrote them: what a check is, and running them all.

Each app has its own in its `integrity` module, and names them in its AppConfig as `integrity_checks`.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.dispatch import Signal
from django.utils.module_loading import import_string

from core import clock
from core.registry import souk_apps

# The answer's shape; it grows by new keys only.
SCHEMA_VERSION = 1
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
# For the rest of the transaction. Ids count up (UUIDv7), so that tables lie nearly in the order of their keys: there
# sorting and merging took half the time of hashing, at a million orders. Nested loops are what the planner takes for
# tables that were filled a moment ago and have no statistics. One core is enough; the others are the shoppers'.
_PLANNED = """
SELECT set_config('work_mem', '192MB', true), set_config('enable_nestloop', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_hashagg', %s, true),
       set_config('max_parallel_workers_per_gather', '0', true)
"""
# The offset keeps the planner from reading a whole table by an index, only for the order of what is rarely there.
_FOUND = """
SELECT count(*) OVER (), found.id::text, found.subject::text, found.expected::text, found.actual::text
  FROM ({query} OFFSET 0) AS found ORDER BY 3, 2 LIMIT {limit}
"""


# Sent with `report` when all checks were made; apps above follow what it says.
integrity_checked = Signal()


class UnknownCheck(ValueError):
    """No check has this code."""


class IntegrityDrift(Exception):
    """Rows break an invariant, or a check could not be made; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One invariant.

    `query` selects the rows that break it, as `id`, `subject` (the row as people know it: a number, a SKU, a table),
    `expected` and `actual`. It is one statement that looks at whole tables. A query that needs the models or the
    settings is a function. `few_groups` says that it sums many rows to few, which is quicker by hashes than sorted.
    """

    code: str
    title: str
    query: str | Callable[[], str]
    few_groups: bool = False

    @property
    def statement(self) -> str:
        """The query's text."""
        return self.query if isinstance(self.query, str) else self.query()


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that breaks a check."""

    id: str
    subject: str
    expected: str
    actual: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a check found: how many rows, the first of them, and what went wrong if it could not be made."""

    code: str
    title: str
    violations: int = 0
    seconds: float = 0.0
    examples: list[Violation] = field(default_factory=list)
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Report:
    """What all checks found at one moment of the shop."""

    started_at: datetime
    finished_at: datetime
    outcomes: list[Outcome]

    @property
    def drifted(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.violations]

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.error]

    @property
    def is_clean(self) -> bool:
        return not (self.drifted or self.failed)

    def summary(self) -> dict[str, Any]:
        """Counts of checks and of rows, and the seconds that it took."""
        return {
            "checks": len(self.outcomes),
            "drifted": len(self.drifted),
            "failed": len(self.failed),
            "violations": sum(outcome.violations for outcome in self.outcomes),
            "seconds": round((self.finished_at - self.started_at).total_seconds(), 3),
        }

    def as_dict(self) -> dict[str, Any]:
        """The report in plain types."""
        return {
            "version": SCHEMA_VERSION,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "checks": [asdict(outcome) for outcome in self.outcomes],
            "summary": self.summary(),
        }


@cache
def registered() -> dict[str, Check]:
    """Every check by its code, in the order of the apps. Raises ValueError where two checks have one code."""
    found: dict[str, Check] = {}
    for path in (path for app in souk_apps() for path in app.integrity_checks):
        for check in import_string(path):
            if check.code in found:
                raise ValueError(f"two integrity checks have the code {check.code}")
            found[check.code] = check
    return found


def check_integrity(*, only: Collection[str] = (), limit: int = 10) -> Report:
    """Make the checks, or only those of the given codes, with `limit` examples each (one at least).

    All of them see one moment of the shop, so that what happens meanwhile is no false alarm; they only read, and lock
    no row. Call it outside of a transaction. Raises UnknownCheck.
    """
    if unknown := sorted(set(only) - set(registered())):
        raise UnknownCheck(", ".join(unknown))
    started = clock.now()
    with _one_moment():
        outcomes = [make_check(check, limit=limit) for code, check in registered().items() if not only or code in only]
    return Report(started_at=started, finished_at=clock.now(), outcomes=outcomes)


def make_check(check: Check, *, limit: int) -> Outcome:
    """What one check finds in the transaction at hand; an error of the database is told, and the rest goes on."""
    outcome = Outcome(code=check.code, title=check.title)
    began = time.perf_counter()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PLANNED, ["on" if check.few_groups else "off"])
            cursor.execute(_FOUND.format(query=check.statement, limit=max(limit, 1)))
            rows = cursor.fetchall()
    except DatabaseError as error:
        outcome.error = str(error).strip() or type(error).__name__
    else:
        outcome.violations = rows[0][0] if rows else 0
        outcome.examples = [Violation(*(value or "" for value in row[1:])) for row in rows]
    outcome.seconds = round(time.perf_counter() - began, 3)
    return outcome


def require_integrity() -> dict[str, Any]:
    """Make all checks and return their summary; raises IntegrityDrift naming what does not hold."""
    report = check_integrity()
    integrity_checked.send(sender=Report, report=report)
    if not report.is_clean:
        told = [f"{one.code}: {one.violations} rows" for one in report.drifted]
        told += [f"{one.code} could not be made: {one.error}" for one in report.failed]
        raise IntegrityDrift("; ".join(told))
    return report.summary()


@contextmanager
def _one_moment() -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_ONE_MOMENT)
        yield
