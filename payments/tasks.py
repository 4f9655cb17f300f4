"""Payment operations, off the request."""

from uuid import UUID

from celery import shared_task

from core.context import Door, through
from payments import operations


@shared_task(name="payments.tasks.execute_operation")
def execute_operation(*, operation_id: str) -> str:
    """Carry out one operation if it is due; returns its state."""
    with through(Door.TASK):
        return str(operations.execute_if_due(UUID(operation_id)).state)


@shared_task(name="payments.tasks.execute_due_operations")
def execute_due_operations() -> int:
    """Carry out what is due and undecided, for the first time or again; returns how many came to a decision."""
    with through(Door.TASK):
        return operations.execute_due()
