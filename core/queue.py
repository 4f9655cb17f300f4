"""Work for later, named and not imported: services know no tasks."""

from functools import partial, update_wrapper
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from core.outages import Outage

broker_outage = Outage("broker")


def send_on_commit(task: str, **arguments: Any) -> None:
    """Send a task by its name once the transaction is committed, at once outside of one.

    A broker that is away is told in the log once, and not waited for by every request: what a task does must be made up
    for by a sweep.
    """
    # With the function's name: Django writes it into the log if it fails, and fails itself without.
    transaction.on_commit(update_wrapper(partial(_send, task, arguments), _send), robust=True)


def _send(task: str, arguments: dict[str, Any]) -> None:
    if not broker_outage.may_ask():
        return
    try:
        current_app.send_task(task, kwargs=arguments, retry=False)
    except (OperationalError, OSError) as error:
        broker_outage.begin(error)
    else:
        broker_outage.end()
