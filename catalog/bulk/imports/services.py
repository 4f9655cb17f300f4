"""What staff and workers do with an import: queue it, work through its file, cancel it, forget it.

A worker holds an import by a lease on its file, which every batch renews in the transaction that saves its rows and
counts. So a worker that is killed loses no more than the batch at hand, and whoever takes over goes on behind the last
batch that was saved. The lock of the job comes before those of products.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from catalog.bulk.imports.files import EXTENSIONS, numbered_rows
from catalog.bulk.imports.models import ImportFile, ImportJob, ImportRefusal
from catalog.bulk.imports.staff_tasks import IMPORT_REFUSED
from catalog.bulk.imports.states import OPEN, ImportState
from catalog.bulk.portable import Line, check_columns, import_rows, text_of
from catalog.bulk.services import Outcome
from catalog.models import Variant
from catalog.skus import in_any_case, same_sku
from core import clock
from core.context import Door, Work, working
from core.db.ids import new_id
from core.db.locking import lock_rows
from core.errors import DomainError, InvalidInput, InvalidTransition, NotFound
from core.queue import send_on_commit
from desk.services import refresh_tasks

TASK = "catalog.tasks.run_import"
# A batch takes a second or two, reading the longest file half a minute: who is not heard of for so long is dead.
LEASE = timedelta(minutes=3)
# A file without a job waits so long for its confirmation.
UNCONFIRMED_FOR = timedelta(days=1)
# A task that is lost is made up for after so long.
_PATIENCE = timedelta(minutes=1)
_ROWS_A_BATCH = 500
_BATCHES_A_TURN = 20
_MOST_ATTEMPTS = 3
# Of more wrong rows only the number is kept: nobody mends thousands by reading.
MOST_REFUSALS = 1_000

_Row = TypeVar("_Row", ImportFile, ImportJob)
Batch = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Turn:
    """An import that this worker holds."""

    job_id: UUID
    lease: UUID


@transaction.atomic
def queue_import(*, file_id: UUID, file_format: str, file_name: str, started_by_id: UUID, language: str) -> ImportJob:
    """Import an uploaded file in the background. Raises NotFound for one that is not there or has a job already."""
    file = _locked(ImportFile.objects.filter(pk=file_id, job=None).defer("content", "plan"))
    if file is None:
        raise NotFound
    job = ImportJob.objects.create(
        file_name=file_name[:255], file_format=file_format, started_by_id=started_by_id, language=language
    )
    file.job = job
    file.save(update_fields=["job"])
    send_on_commit(TASK, job_id=str(job.pk))
    return job


@transaction.atomic
def import_file(*, content: bytes, file_name: str, file_format: str, started_by_id: UUID, language: str) -> ImportJob:
    """Import a file in the background without anybody's look at what it would change.

    Raises InvalidInput naming the `file` if its format is unknown, or its first rows or columns cannot be read.
    """
    _check_beginning(content, file_format)
    file = ImportFile.objects.create(content=content)
    return queue_import(
        file_id=file.pk, file_format=file_format, file_name=file_name, started_by_id=started_by_id, language=language
    )


@transaction.atomic
def cancel_import(*, job_id: UUID) -> ImportJob:
    """Stop an import behind the batch at hand; what is saved stays. Raises NotFound or InvalidTransition."""
    job = _locked(ImportJob.objects.filter(pk=job_id))
    if job is None:
        raise NotFound
    if not job.is_open:
        raise InvalidTransition
    _end(job, ImportState.CANCELLED)
    return job


def run_import(*, job_id: UUID, batches: int = _BATCHES_A_TURN) -> int:
    """Work through some batches of an import, and send for the rest. Returns how many rows were done.

    Does nothing for an import that has ended or that another worker holds.
    """
    turn = _take(job_id)
    if turn is None:
        return 0
    job = ImportJob.objects.get(pk=job_id)
    work = Work(door=Door.TASK, actor=lambda: job.started_by_id, activity=TASK, reference=str(job_id))
    with working(work), translation.override(job.language):
        try:
            plan = _plan(job, turn)
        except DomainError as error:
            _fail(turn, str(error))
            return 0
        return _work_through(plan, turn, batches)


def resume_imports() -> int:
    """Send for the imports that nobody works on: a task was lost, or a worker was killed. Returns how many."""
    now = clock.now()
    idle = ImportFile.objects.filter(job__state__in=OPEN, job__updated_at__lt=now - _PATIENCE)
    found = list(idle.exclude(leased_until__gt=now).values_list("job_id", flat=True))
    for job_id in found:
        send_on_commit(TASK, job_id=str(job_id))
    return len(found)


def prune_imports() -> int:
    """Forget the files that nobody confirmed, and the imports that ended long ago. Returns how many of both."""
    now = clock.now()
    files, _of = ImportFile.objects.filter(job=None, uploaded_at__lt=now - UNCONFIRMED_FOR).delete()
    ended = ImportJob.objects.filter(finished_at__lt=now - timedelta(days=settings.IMPORT_KEEP_DAYS))
    return files + ended.delete()[1].get(ImportJob._meta.label, 0)


def _locked(rows: "QuerySet[_Row]") -> _Row | None:
    return next(iter(lock_rows(rows)), None)


@transaction.atomic
def _take(job_id: UUID) -> _Turn | None:
    """Hold an import, unless it has ended or somebody else holds it."""
    now = clock.now()
    job = _locked(ImportJob.objects.filter(pk=job_id, state__in=OPEN))
    file = _locked(ImportFile.objects.filter(job_id=job_id).defer("content", "plan"))
    if job is None or file is None or (file.leased_until and file.leased_until > now):
        return None
    if job.state == ImportState.QUEUED:
        job.state = ImportState.RUNNING
        job.save(update_fields=["state", "updated_at"])
    if file.attempts >= _MOST_ATTEMPTS:
        message = _("The same rows stopped the import %(count)d times. Ask whoever runs the shop to read its log.")
        with translation.override(job.language):
            _end(job, ImportState.FAILED, error=message % {"count": _MOST_ATTEMPTS})
        return None
    file.lease, file.leased_until, file.attempts = new_id(), now + LEASE, file.attempts + 1
    file.save(update_fields=["lease", "leased_until", "attempts"])
    return _Turn(job_id, file.lease)


def _plan(job: ImportJob, turn: _Turn) -> list[Batch]:
    """The batches of an import, divided once by whoever takes it first. Raises DomainError for an unreadable file."""
    file = ImportFile.objects.get(job=job)
    rows = _rows_of(bytes(file.content), job.file_format)
    if file.plan is not None:
        by_number = dict(rows)
        return [[(number, by_number[number]) for number in batch] for batch in file.plan]
    batches = _divided(rows)
    plan = [[number for number, _cells in batch] for batch in batches]
    with transaction.atomic():
        if ImportFile.objects.filter(job=job, lease=turn.lease).update(plan=plan):
            ImportJob.objects.filter(pk=job.pk).update(rows_total=len(rows), updated_at=clock.now())
    return batches


def _check_beginning(content: bytes, file_format: str) -> None:
    """Read the first rows as the task will read all of them."""
    if file_format not in EXTENSIONS:
        message = _("There is no such format. Send one of: %(formats)s.") % {"formats": ", ".join(EXTENSIONS)}
        raise InvalidInput(message, code="unknown_format", field="format")
    try:
        _rows_of(content, file_format, whole=False)
    except DomainError as error:
        raise InvalidInput(error.message, code=error.code, field="file", details=error.details) from error


def _rows_of(content: bytes, file_format: str, *, whole: bool = True) -> Batch:
    kind = EXTENSIONS[file_format]
    try:
        dataset = kind().create_dataset(content, whole=whole)
    except DomainError:
        raise
    except Exception as error:
        # Of a broken file anything may go wrong.
        message = _("This file cannot be read. Choose the format that it has; CSV is in UTF-8.")
        raise DomainError(message, code="unreadable_file") from error
    rows = numbered_rows(dataset, kind.first_row)
    if not rows:
        raise InvalidInput(_("The file has no rows below its heading."), code="no_rows")
    check_columns(rows=rows)
    return rows


def _divided(rows: Batch) -> list[Batch]:
    """The rows in batches that keep together what belongs to one product, or to one SKU that is new.

    What must hold among the rows of a product (one currency, no contradiction) is checked within a batch.
    """
    skus = {number: text_of(row.get("sku")) for number, row in rows}
    products = _products_of(list(skus.values()))
    groups: dict[object, Batch] = {}
    for number, row in rows:
        sku = same_sku(skus[number])
        groups.setdefault(products.get(sku) or sku or number, []).append((number, row))
    batches: list[Batch] = []
    for group in groups.values():
        if batches and len(batches[-1]) + len(group) <= _ROWS_A_BATCH:
            batches[-1] += group
        else:
            batches.append(list(group))
    return batches


def _products_of(skus: Sequence[str]) -> dict[str, UUID]:
    products: dict[str, UUID] = {}
    for first in range(0, len(skus), _ROWS_A_BATCH):
        named = Variant.objects.filter(in_any_case(skus[first : first + _ROWS_A_BATCH]))
        products |= {same_sku(sku): product_id for sku, product_id in named.values_list("sku", "product_id")}
    return products


def _work_through(plan: list[Batch], turn: _Turn, batches: int) -> int:
    done = 0
    first = ImportFile.objects.filter(job_id=turn.job_id).values_list("batches_done", flat=True).first() or 0
    for index in range(first, min(first + batches, len(plan))):
        if not _save_batch(plan[index], index, turn):
            return done
        done += len(plan[index])
    _leave(plan, turn)
    return done


@transaction.atomic
def _save_batch(batch: Batch, index: int, turn: _Turn) -> bool:
    """Save a batch with its counts; False if the import was cancelled or somebody else has taken it over."""
    job = _locked(ImportJob.objects.filter(pk=turn.job_id, state=ImportState.RUNNING))
    held = ImportFile.objects.filter(job_id=turn.job_id, lease=turn.lease, batches_done=index)
    if job is None or not held.update(batches_done=index + 1, attempts=0, leased_until=clock.now() + LEASE):
        return False
    lines = _save_rows(batch)
    counts = Counter(line.outcome for line in lines)
    _keep_refusals(job, lines)
    job.rows_done += len(batch)
    job.created += counts[Outcome.CREATED]
    job.updated += counts[Outcome.UPDATED]
    job.unchanged += counts[Outcome.UNCHANGED]
    job.failed += counts[Outcome.REFUSED]
    job.save(update_fields=["rows_done", "created", "updated", "unchanged", "failed", "updated_at"])
    return True


def _save_rows(batch: Batch) -> list[Line]:
    """Save the good rows; again without the bad ones until none is left, for they may have been written."""
    refused: list[Line] = []
    rest = batch
    while rest:
        point = transaction.savepoint()
        lines = import_rows(rows=rest)
        bad = {line.number: line for line in lines if line.outcome is Outcome.REFUSED}
        if not bad:
            transaction.savepoint_commit(point)
            return [*lines, *refused]
        transaction.savepoint_rollback(point)
        refused += bad.values()
        rest = [row for row in rest if row[0] not in bad]
    return refused


def _keep_refusals(job: ImportJob, lines: Iterable[Line]) -> None:
    room = max(0, MOST_REFUSALS - ImportRefusal.objects.filter(job=job).count())
    refusals = [
        ImportRefusal(
            job=job,
            row=line.number,
            sku=_storable(line.sku, 100),
            column=error.field[:40],
            code=error.code[:64],
            message=_storable(error.message, 500),
        )
        for line in lines
        for error in line.errors
    ]
    ImportRefusal.objects.bulk_create(refusals[:room])


def _storable(text: str, length: int) -> str:
    # The database has no text with a NUL.
    return text.replace("\0", "�")[:length]


@transaction.atomic
def _leave(plan: list[Batch], turn: _Turn) -> None:
    """End an import that is done, or let the next turn have it."""
    job = _locked(ImportJob.objects.filter(pk=turn.job_id, state=ImportState.RUNNING))
    held = ImportFile.objects.filter(job_id=turn.job_id, lease=turn.lease)
    if job is None or not held.update(lease=None, leased_until=None):
        return
    if job.rows_done == sum(map(len, plan)):
        _end(job, ImportState.SUCCEEDED)
    else:
        send_on_commit(TASK, job_id=str(job.pk))


@transaction.atomic
def _fail(turn: _Turn, error: str) -> None:
    job = _locked(ImportJob.objects.filter(pk=turn.job_id, state=ImportState.RUNNING))
    if job is not None and ImportFile.objects.filter(job=job, lease=turn.lease).exists():
        _end(job, ImportState.FAILED, error=error)


def _end(job: ImportJob, state: ImportState, *, error: str = "") -> None:
    """Write the end of a locked job, and forget its file."""
    job.state, job.error, job.finished_at = state, error[:1000], clock.now()
    job.save(update_fields=["state", "error", "finished_at", "updated_at"])
    ImportFile.objects.filter(job=job).delete()
    refresh_tasks(kind=IMPORT_REFUSED, object_ids=[str(job.pk)])
