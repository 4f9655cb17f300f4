"""Hears from Celery how tasks end."""

import logging
from typing import Any

from celery import Task
from celery.signals import task_failure, task_success
from django.db import Error

from core.failures import services

logger = logging.getLogger(__name__)


def listen() -> None:
    """Follow every task of this process."""
    task_failure.connect(_failed, dispatch_uid="core.failures.failed")
    task_success.connect(_succeeded, dispatch_uid="core.failures.succeeded")


def _failed(*, sender: Task, exception: BaseException, kwargs: dict[str, Any], einfo: Any = None, **_more: Any) -> None:
    error = f"{type(exception).__name__}: {exception}"
    try:
        services.record_failure(name=sender.name, arguments=kwargs or {}, error=error, traceback=str(einfo or ""))
    except Error:
        # The database is what is broken, then; the log has the task's own error already.
        logger.exception("failed task not recorded")


def _succeeded(*, sender: Task, **_more: Any) -> None:
    try:
        services.resolve_failure(name=sender.name, arguments=sender.request.kwargs or {})
    except Error:
        logger.exception("failed task not resolved")
