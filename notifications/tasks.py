"""What the consumer sends, and what the beat starts."""

from uuid import UUID

from celery import shared_task

from core.context import Door, through
from notifications import notices, services


@shared_task(name="notifications.tasks.send_message")
def send_message(*, message_id: str) -> bool:
    """Send one message."""
    with through(Door.TASK):
        return services.send_message(message_id=UUID(message_id))


@shared_task(name="notifications.tasks.send_due_messages")
def send_due_messages() -> int:
    """Send what is due and what lost tasks did not."""
    with through(Door.TASK):
        return services.send_due_messages()


@shared_task(name="notifications.tasks.notify_all_back_in_stock")
def notify_all_back_in_stock() -> int:
    """Write to those who wait for a variant that can be bought, and whom no event reached."""
    with through(Door.TASK):
        return notices.notify_all_back_in_stock()


@shared_task(name="notifications.tasks.prune_notices")
def prune_notices() -> int:
    """Forget notices of long ago."""
    with through(Door.TASK):
        return notices.prune_notices()
