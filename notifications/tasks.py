"""What the consumer sends, and what the beat starts."""

from uuid import UUID

from celery import shared_task

from core.context import Door, through
from notifications import services


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
