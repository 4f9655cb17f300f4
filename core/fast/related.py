"""Relations of a model that are read from rows which are known already."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import get_language


def set_prefetched(instance: models.Model, relation: str, rows: Sequence[models.Model]) -> None:
    """Let the rows that are known be read from the instance's relation without asking the database.

    It is a relation that another model's foreign key makes. What is narrowed further asks, as after prefetching.
    """
    related, field = _related(type(instance), relation, get_language())
    known = related._chain()  # type: ignore[attr-defined]  # noqa: SLF001
    known._deferred_filter = False, (), {field.name: instance}  # noqa: SLF001  (this and the next as its manager does)
    known._known_related_objects = {field: {instance.pk: instance}}  # noqa: SLF001
    known._result_cache = list(rows)  # noqa: SLF001  (as prefetching leaves it)
    known._prefetch_done = True  # noqa: SLF001
    vars(instance).setdefault("_prefetched_objects_cache", {})[relation] = known


@cache
def _related(model: type[models.Model], relation: str, _language: str | None) -> "tuple[QuerySet[Any], Any]":
    """All rows of the model that refers to this one, as they are sorted in this language, and by which foreign key."""
    found = model._meta.get_field(relation)
    if not isinstance(found, models.ManyToOneRel):
        raise TypeError(f"{relation} of {model._meta.label} is not made by a foreign key")
    return found.related_model._default_manager.all(), found.field
