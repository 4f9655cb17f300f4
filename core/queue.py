"""Work for later, named and not imported: services know no tasks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction


def send_on_commit(task: str, **arguments: Any) -> None:
    """Send a task by its name once the transaction is committed, at once outside of one.

    A broker that is away is logged and forgotten: what a task does must be made up for by a sweep.
    """
    send: Callable[[], Any] = partial(current_app.send_task, task, kwargs=arguments, retry=False)
    transaction.on_commit(send, robust=True)
