"""Pictures cut to sizes, and products imported, off the request."""

from uuid import UUID

from celery import shared_task

from catalog.bulk.imports import services as imports
from catalog.media import services as image_services
from catalog.media import unused_files
from core import clock
from core.context import Door, through

# A sweep ends long before a broker takes its task for lost; the beat starts the next one.
_FILES_A_SWEEP = 500
_DELETIONS_A_SWEEP = 5_000


@shared_task(name="catalog.tasks.make_sizes")
def make_sizes(*, image_id: str) -> bool:
    """Make the sizes of one picture."""
    with through(Door.TASK):
        return image_services.make_sizes(image_id=UUID(image_id))


@shared_task(name="catalog.tasks.make_missing_sizes")
def make_missing_sizes() -> int:
    """Make the sizes of pictures that have none; returns of how many files."""
    with through(Door.TASK):
        return image_services.make_missing_sizes(limit=_FILES_A_SWEEP).made


@shared_task(name="catalog.tasks.delete_unused_files")
def delete_unused_files() -> int:
    """Delete stored pictures that no row has shown for long; returns how many files."""
    with through(Door.TASK):
        older_than = clock.now() - unused_files.UNUSED_FOR
        return unused_files.delete_unused_files(older_than=older_than, limit=_DELETIONS_A_SWEEP)


@shared_task(name=imports.TASK)
def run_import(*, job_id: str) -> int:
    """Work through some batches of an import; returns how many rows."""
    return imports.run_import(job_id=UUID(job_id))


@shared_task(name="catalog.tasks.resume_imports")
def resume_imports() -> int:
    """Send for the imports that nobody works on."""
    return imports.resume_imports()


@shared_task(name="catalog.tasks.prune_imports")
def prune_imports() -> int:
    """Forget files that nobody confirmed and imports that ended long ago."""
    with through(Door.TASK):
        return imports.prune_imports()
