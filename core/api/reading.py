"""Reads bodies through serializers whose fields are made once for each language, and not for each body.

For each language, since a field keeps its errors in that of the first one it gives.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import BaseSerializer

from core.api.faults import reasons_of
from core.api.renderers import dumps
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
    document: Callable[[], Mapping[str, Any]] | None = None,
) -> Any:
    """Return what a body says, validated. With `document` it may be that, as it reads now, with changes.

    Raises ValidationError naming every name and every field that is wrong.
    """
    kind: _Kind = serializer_class, partial, get_language()
    serializer = _at_rest.pop(kind, None) or serializer_class(partial=partial)
    serializer._context = context or {}  # noqa: SLF001  (what `context` reads, here and in every field)
    try:
        if document is None or not isinstance(data, Mapping) or data.keys() <= serializer.fields.keys():  # type: ignore[attr-defined]
            return validated(serializer, data)
        changes, read_only = _changes(data, document(), serializer.fields.keys())  # type: ignore[attr-defined]
        return validated(serializer, changes, read_only)
    finally:
        serializer._context = {}  # noqa: SLF001  (no request outlives its answer)
        _at_rest[kind] = serializer


def validated(serializer: BaseSerializer[Any], data: Any, known_faults: Mapping[str, Any] | None = None) -> Any:
    """What a serializer makes of a body. Raises ValidationError naming every name and every field that is wrong."""
    shape: Faults = {**(known_faults or {}), **shape_faults(serializer, data)}
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


def _changes(data: Mapping[str, Any], document: Mapping[str, Any], fields: Collection[str]) -> tuple[Any, Faults]:
    """What of a body is not as it was read, and the faults of what differs and is only read."""
    now, sent = orjson.loads(dumps(document)), json.loads(json.dumps(data, default=float))
    changed = {name: value for name, value in data.items() if name not in now or now[name] != sent[name]}
    read_only = changed.keys() & now.keys() - set(fields)
    message = _("This is read only. Leave it out, or send it as it was read.")
    faults: Faults = {name: [ErrorDetail(message, "read_only_field")] for name in read_only}
    return {name: value for name, value in changed.items() if name not in read_only}, faults
