"""Writes answers through serializers whose fields are made once, and not for each answer.

Making them takes longer than writing with them: a serializer copies the fields it declares and works out those of its
model whenever one is made. core.api.reading does the same for bodies.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework.serializers import BaseSerializer

# Serializers at rest, by class. Whoever takes one out has it alone: another thread, or one inside it, makes its own.
_at_rest: dict[type[BaseSerializer[Any]], BaseSerializer[Any]] = {}


def written(
    serializer_class: type[BaseSerializer[Any]],
    instance: Any,
    *,
    many: bool = False,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """What the serializer makes of the instance, with `many` of each one of them, ready to be rendered."""
    serializer = _at_rest.pop(serializer_class, None) or serializer_class()
    serializer._context = context or {}  # noqa: SLF001  (what `context` reads, here and in every field)
    try:
        if many:
            return [serializer.to_representation(one) for one in instance]
        return serializer.to_representation(instance)
    finally:
        serializer._context = {}  # noqa: SLF001  (no request outlives its answer)
        _at_rest[serializer_class] = serializer
