"""A background task is work of its own, whoever sent it: its changes carry its name and id."""

from contextlib import ExitStack
from contextvars import ContextVar

from celery import Task
from celery.signals import task_postrun, task_prerun

from core.context import Door, Work, working

_running: ContextVar[tuple[ExitStack, ...]] = ContextVar("running", default=())


def listen() -> None:
    """Follow every task of this process."""
    task_prerun.connect(_begin, dispatch_uid="audit.background.begin")
    task_postrun.connect(_end, dispatch_uid="audit.background.end")


def _begin(*, task_id: str, task: Task, **_kwargs: object) -> None:
    stack = ExitStack()
    stack.enter_context(working(Work(door=Door.TASK, activity=task.name, reference=task_id)))
    _running.set((*_running.get(), stack))


def _end(**_kwargs: object) -> None:
    *outer, stack = _running.get()
    _running.set(tuple(outer))
    stack.close()
