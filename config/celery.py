"""The Celery application. Workers and beat start the embedded services like any other command does."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_process_init

from config.parent import end_with_parent
from core.beat import beat_schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("souk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect  # type: ignore[untyped-decorator]  # celery has no types
def _schedule(sender: Celery, **_signal: Any) -> None:
    """Take the beat's tasks from the apps, which are read by the time that tasks are."""
    sender.conf.beat_schedule = beat_schedule()


# A worker asks Redis for its next task and has the answer within a second or so, unless the machine is busy.
_WORKER_SECONDS = 20.0


@celeryd_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def _wait_longer(*, conf: Any, **_signal: Any) -> None:
    conf.broker_transport_options = conf.broker_transport_options | {"socket_timeout": _WORKER_SECONDS}


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _end_with_worker(**_signal: Any) -> None:
    end_with_parent()


def _log_as_everywhere(**_signal: Any) -> None:
    """Keep Celery from logging in a form of its own, unredacted: the settings' form is in place already."""


setup_logging.connect(_log_as_everywhere)
