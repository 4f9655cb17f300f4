"""What the beat starts."""

from celery import shared_task

from core.context import Door, through
from desk import services


@shared_task(name="desk.tasks.settle_staff_tasks")
def settle_staff_tasks() -> int:
    """Settle the tasks whose cause is gone and which no event reached."""
    with through(Door.TASK):
        return services.settle_all()
