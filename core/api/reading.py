"""Reads bodies through serializers whose fields are made once for each language, and not for each body.

For each language, since a field keeps its errors in that of the first one it gives.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from rest_framework.serializers import BaseSerializer

_Kind = tuple[type[BaseSerializer[Any]], bool, str | None]
# Serializers at rest. Whoever takes one out has it alone: another thread makes its own.
_at_rest: dict[_Kind, BaseSerializer[Any]] = {}
_OF_ONE_BODY = ("initial_data", "_context", "_validated_data", "_errors")


def read_body(
    serializer_class: type[BaseSerializer[Any]],
    data: Any,
    *,
    partial: bool = False,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """What a body says, validated. Raises ValidationError naming every field that is wrong."""
    kind: _Kind = serializer_class, partial, get_language()
    serializer = _at_rest.pop(kind, None) or serializer_class(partial=partial)
    serializer.initial_data = data
    serializer._context = context or {}  # noqa: SLF001  (what `context` reads, here and in every field)
    try:
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
    finally:
        for name in _OF_ONE_BODY:
            vars(serializer).pop(name, None)
        _at_rest[kind] = serializer
