"""What the beat starts."""

from celery import shared_task

from core.context import Door, through
from inventory import services


@shared_task(name="inventory.tasks.release_run_out_holds")
def release_run_out_holds() -> int:
    """Give back what was held for shoppers who did not order in time."""
    with through(Door.TASK):
        return services.release_run_out()
