"""Reads bodies through serializers whose fields are made once for each language, and not for each body.

For each language, since a field keeps its errors in that of the first one it gives.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import BaseSerializer

from core.api.faults import reasons_of
from core.api.shape import Faults, shape_faults

_Kind = tuple[type[BaseSerializer[Any]], bool, str | None]
# Serializers at rest. Whoever takes one out has it alone: another thread makes its own.
_at_rest: dict[_Kind, BaseSerializer[Any]] = {}


def read_body(
    serializer_class: type[BaseSerializer[Any]],
    data: Any,
    *,
    partial: bool = False,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """What a body says, validated. Raises ValidationError naming every name and every field that is wrong."""
    kind: _Kind = serializer_class, partial, get_language()
    serializer = _at_rest.pop(kind, None) or serializer_class(partial=partial)
    serializer._context = context or {}  # noqa: SLF001  (what `context` reads, here and in every field)
    try:
        return validated(serializer, data)
    finally:
        serializer._context = {}  # noqa: SLF001  (no request outlives its answer)
        _at_rest[kind] = serializer


def validated(serializer: BaseSerializer[Any], data: Any) -> Any:
    """What a serializer makes of a body. Raises ValidationError naming every name and every field that is wrong."""
    shape = shape_faults(serializer, data)
    try:
        values = serializer.run_validation(data)
    except ValidationError as error:
        raise ValidationError(_beside(shape, error.detail)) from error
    if shape:
        raise ValidationError(shape)
    return values


def _beside(shape: Faults, detail: Any) -> Any:
    """A serializer's errors with the faults of the shape, which tell more of what both name."""
    if not shape:
        return detail
    others = {
        path: reasons
        for path, reasons in reasons_of(detail).items()
        if not any(path == wrong or path.startswith(f"{wrong}.") for wrong in shape)
    }
    return others | shape
