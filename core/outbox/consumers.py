"""Who hears of events: classes registered by dotted path in settings.OUTBOX_CONSUMERS."""

from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from core.outbox.models import OutboxEvent


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
    return _load(tuple(settings.OUTBOX_CONSUMERS))


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Consumer]:
    return {path: import_string(path)() for path in paths}
