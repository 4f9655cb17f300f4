"""What can be loaded: the loaders that the apps declare, in an order in which rows refer to rows that are there."""

from collections.abc import Iterable, Mapping
from functools import cache

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from core.registry import souk_apps
from etl.context import Loader
from etl.entities import Entity


@cache
def all_loaders() -> tuple[Loader, ...]:
    """Return every loader after those whose rows its own refer to, otherwise in the order of the apps.

    Raises ImproperlyConfigured where two entities have one name, or loaders refer to each other in a circle.
    """
    declared: list[Loader] = [import_string(path) for app in souk_apps() for path in app.data_imports]
    names = [entity.name for loader in declared for entity in loader.entities]
    if len(set(names)) < len(names):
        raise ImproperlyConfigured(f"two entities of data imports have one name: {', '.join(sorted(names))}")
    return tuple(_in_order(declared))


@cache
def all_entities() -> Mapping[str, Entity]:
    """Return every entity by its name, in the order in which they are loaded."""
    return {entity.name: entity for loader in all_loaders() for entity in loader.entities}


def _in_order(waiting: list[Loader]) -> Iterable[Loader]:
    loaded: set[str] = set()
    while waiting:
        ready = next((one for one in waiting if _refers_to(one) <= loaded), None)
        if ready is None:
            raise ImproperlyConfigured("data imports refer to each other in a circle, or to an unknown entity")
        yield ready
        loaded |= {entity.name for entity in ready.entities}
        waiting = [one for one in waiting if one is not ready]


def _refers_to(loader: Loader) -> set[str]:
    fields = [field for entity in loader.entities for field in entity.fields]
    return {field.refers_to for field in fields if field.refers_to} - {entity.name for entity in loader.entities}
