"""Payment operations, off the request."""

from uuid import UUID

from celery import shared_task

from core.context import Door, through
from desk.services import refresh_tasks
from payments import operations
from payments.errors import PaymentsUnsettled
from payments.staff_tasks import UNDECIDED


@shared_task(name="payments.tasks.execute_operation")
def execute_operation(*, operation_id: str) -> str:
    """Carry out one operation if it is due; returns its state."""
    with through(Door.TASK):
        return str(operations.execute_if_due(UUID(operation_id)).state)


@shared_task(name="payments.tasks.execute_due_operations")
def execute_due_operations() -> int:
    """Carry out what is due and undecided, for the first time or again; returns how many came to a decision.

    What stays undecided for some attempts becomes a task of staff.
    """
    with through(Door.TASK):
        try:
            return operations.execute_due()
        finally:
            refresh_tasks(kind=UNDECIDED)


@shared_task(name="payments.tasks.reconcile_payments")
def reconcile_payments() -> int:
    """Ask the providers about open payments; returns how many changes were recorded.

    What differs or stays undecided fails the task, which staff sees on the admin's first page.
    """
    with through(Door.TASK):
        found = list(operations.reconcile(days=1))
    if unsettled := [one.payment.order.number for one in found if not one.findings.is_settled]:
        raise PaymentsUnsettled(unsettled)
    return sum(len(one.findings.recorded) for one in found)
