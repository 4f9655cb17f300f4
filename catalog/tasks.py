"""Pictures cut to sizes off the request."""

from uuid import UUID

from celery import shared_task

from catalog import image_services
from core.context import Door, through

# A sweep ends long before a broker takes its task for lost; the beat starts the next one.
_FILES_A_SWEEP = 500


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
