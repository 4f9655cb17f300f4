"""Moving a shop in, and signing off that it has moved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from core.context import Door, through
from core.db.advisory_locks import AdvisoryLock, LockTaken, advisory_lock
from core.errors import InvalidTransition
from etl.context import Context
from etl.errors import RunInProgress
from etl.mapping import Mapping
from etl.models import Run
from etl.runner import Runner
from etl.source import Source, open_source
from etl.staging import drop_tables

# A killed run's server process may need a moment to notice; one that still works holds the lock for longer.
_WAIT_SECONDS = 5.0


def run_mapping(
    *, mapping: Mapping, address: str, started_by: str, dry_run: bool = False, say: Callable[[str], None]
) -> Run:
    """Move what a mapping describes in from a database URL or an SQLite file, and compare both sides.

    Loading the same again changes nothing; after a kill, running again completes it. A dry run does everything in
    one transaction and rolls it back. `say` is told each stage. Returns the run with its report.

    Raises SourceError (unreachable, a table or column missing) and RunInProgress before anything is written. Needs
    to be called outside of a transaction, so that each entity stays when it is loaded.
    """
    with _locked(mapping.source), through(Door.IMPORT), open_source(address) as source:
        for stream in mapping.streams.values():
            source.check(stream)
        with transaction.atomic() if dry_run else nullcontext():
            run = _begin(mapping, source, started_by)
            with through(Door.IMPORT, reference=str(run.pk)), _recording_failure(run, dry_run=dry_run):
                Runner(mapping, source, run, _context(run, mapping), dry_run, say)()
            if dry_run:
                transaction.set_rollback(True)
    return run


@transaction.atomic
def sign_off(*, run_id: UUID, by: str) -> Run:
    """Record who accepts a finished run's report, and drop its staging tables. Signing twice changes nothing.

    Raises InvalidTransition for a run that did not finish.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.status not in {Run.Status.SUCCEEDED, Run.Status.DIFFERS}:
        raise InvalidTransition(details={"status": run.status})
    if run.signed_off_at is None:
        run.signed_off_by, run.signed_off_at = by[:150], timezone.now()
        run.save(update_fields=["signed_off_by", "signed_off_at"])
        drop_tables([run.pk])
    return run


@contextmanager
def _locked(source: str) -> Iterator[None]:
    try:
        with advisory_lock(AdvisoryLock.ETL_SOURCE, source, wait_seconds=_WAIT_SECONDS):
            yield
    except LockTaken as error:
        raise RunInProgress(f"another run of {source} is going on") from error


def _begin(mapping: Mapping, source: Source, started_by: str) -> Run:
    """Clear away what earlier runs have left, and open the ledger. Under the lock nobody else can be running."""
    earlier = Run.objects.filter(source=mapping.source)
    drop_tables(earlier.values_list("pk", flat=True))
    earlier.filter(status=Run.Status.RUNNING).update(status=Run.Status.INTERRUPTED)
    return Run.objects.create(
        mapping=mapping.name,
        source=mapping.source,
        source_url=source.address[:500],
        started_by=started_by[:150],
    )


def _context(run: Run, mapping: Mapping) -> Context:
    return Context(
        run_id=run.pk,
        source=mapping.source,
        currency=mapping.currency,
        decimals=mapping.decimals,
        timezone=mapping.timezone,
    )


@contextmanager
def _recording_failure(run: Run, *, dry_run: bool) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if not dry_run:
            run.status = Run.Status.FAILED if isinstance(error, Exception) else Run.Status.INTERRUPTED
            run.error, run.finished_at = f"{run.stage}: {error!r}", timezone.now()
            with suppress(DatabaseError):  # the database may be what failed
                run.save(update_fields=["status", "error", "finished_at"])
        raise
