"""The tasks that Celery's beat starts, as the apps declare them."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from core.registry import souk_apps


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the schedule in Celery's form. Raises ImproperlyConfigured where two apps name an entry alike."""
    found: dict[str, dict[str, Any]] = {}
    for app in souk_apps():
        for name, entry in app.beat_tasks.items():
            if name in found:
                raise ImproperlyConfigured(f"two apps declare the beat task {name}")
            found[name] = {"task": entry.task, "schedule": entry.schedule}
    return found
