"""What the beat starts."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from accounts import security, signup
from core import clock
from core.context import Door, through


@shared_task(name="accounts.tasks.forget_expired_signups")
def forget_expired_signups() -> int:
    """Delete what people asked an account with and did not confirm in time; returns how many."""
    with through(Door.TASK):
        return signup.forget_expired_signups()


@shared_task(name="accounts.tasks.prune_security_events")
def prune_security_events() -> int:
    """Forget the security events that are older than SECURITY_EVENTS_KEEP_DAYS, unless it is 0; returns how many."""
    if not (days := settings.SECURITY_EVENTS_KEEP_DAYS):
        return 0
    with through(Door.TASK):
        return security.prune_security_events(before=clock.now() - timedelta(days=days))
