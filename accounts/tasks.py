"""What the beat starts."""

from celery import shared_task

from accounts import signup
from core.context import Door, through


@shared_task(name="accounts.tasks.forget_expired_signups")
def forget_expired_signups() -> int:
    """Delete what people asked an account with and did not confirm in time; returns how many."""
    with through(Door.TASK):
        return signup.forget_expired_signups()
