"""Who hears of events: classes that the apps name in their AppConfig as `consumers`, unless OUTBOX_CONSUMERS does."""

from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from core.outbox.models import OutboxEvent
from core.registry import souk_apps


class Consumer(ABC):
    """Takes events of some types, those of one aggregate in their order.

    `consume` runs in a transaction that also notes the event as taken, so what it writes to the database happens once;
    nothing outside of the database is called in it. An event may come again when the relay was interrupted.
    """

    event_types: ClassVar[frozenset[str]]

    @abstractmethod
    def consume(self, event: OutboxEvent) -> None:
        """Do what follows from the event. Whatever is raised has the event tried again later."""


def consumers() -> dict[str, Consumer]:
    """The registered consumers by their dotted path, which names their cursor."""
    return _load(consumer_paths())


def consumer_paths() -> tuple[str, ...]:
    """The dotted paths of the consumers: those of the setting, or of all apps where it is not set."""
    if settings.OUTBOX_CONSUMERS is not None:
        return tuple(settings.OUTBOX_CONSUMERS)
    return tuple(path for app in souk_apps() for path in app.consumers)


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Consumer]:
    return {path: import_string(path)() for path in paths}
