"""Sparse answers: `?fields=id,name,variants.sku` gives these fields alone, at any depth."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.drainage import get_override, has_override
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SerializerMethodField
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

from core.api.tags import READS

FIELDS = "fields"
# More names than any answer has.
_MAX_LENGTH = 2_000

# The names that were asked for; below a name what was asked of it, empty for all of it.
Selection = dict[str, "Selection"]


def selection_of(request: Request) -> Selection | None:
    """What a read is to show, None for everything. Raises ValidationError for a list without a name."""
    if request.method not in READS or FIELDS not in request.query_params:
        return None
    given = request.query_params[FIELDS]
    if len(given) > _MAX_LENGTH:
        raise ValidationError({FIELDS: [_("Give at most %(count)s characters.") % {"count": _MAX_LENGTH}]})
    selection: Selection = {}
    for path in filter(None, (name.strip() for name in given.split(","))):
        _add(selection, path.split("."))
    if not selection:
        raise ValidationError({FIELDS: [_("Name at least one field: %(example)s") % {"example": "?fields=id,name"}]})
    return selection


def selected(serializer: BaseSerializer[Any], selection: Selection) -> Any:
    """The serializer's data with the selected fields alone; others are not worked out.

    Raises ValidationError naming every field that is not there, and those that are.
    """
    if unknown := _unknown(serializer, selection):
        raise ValidationError({FIELDS: unknown})
    _narrow(serializer, selection)
    return _cut(serializer.data, selection)


def _add(selection: Selection, names: list[str]) -> None:
    for position, name in enumerate(names):
        is_new = name not in selection
        below = selection.setdefault(name, {})
        if position == len(names) - 1:
            below.clear()  # "variants" and "variants.sku": all of it
        elif not is_new and not below:
            return
        selection = below


def _nested(field: Any) -> Serializer[Any] | None:
    """The serializer of what a field holds, once or many times; None for a plain value."""
    if isinstance(field, SerializerMethodField):
        method = getattr(field.parent, field.method_name or f"get_{field.field_name}")
        field = get_override(method, "field") if has_override(method, "field") else None
    if isinstance(field, ListSerializer):
        field = field.child
    return field if isinstance(field, Serializer) else None


def _unknown(field: Any, selection: Selection, prefix: str = "") -> list[str]:
    serializer = _nested(field)
    if serializer is None:
        return [_("%(name)s has no fields of its own.") % {"name": prefix.removesuffix(".")}]
    known: Mapping[str, Any] = serializer.fields
    names = ", ".join(f"{prefix}{name}" for name in known)
    wrong: list[str] = []
    for name, below in selection.items():
        if name not in known:
            wrong.append(_("There is no %(name)s, but: %(names)s") % {"name": f"{prefix}{name}", "names": names})
        elif below:
            wrong += _unknown(known[name], below, f"{prefix}{name}.")
    return wrong


def _narrow(field: Any, selection: Selection) -> None:
    serializer = field.child if isinstance(field, ListSerializer) else field
    if not isinstance(serializer, Serializer) or not selection:
        return
    for name in set(serializer.fields) - selection.keys():
        del serializer.fields[name]
    for name, below in selection.items():
        _narrow(serializer.fields[name], below)


def _cut(value: Any, selection: Selection) -> Any:
    """What serializers that write their dictionaries themselves have given too much."""
    if isinstance(value, list):
        return [_cut(one, selection) for one in value]
    if not selection or not isinstance(value, dict):
        return value
    return {name: _cut(one, selection[name]) for name, one in value.items() if name in selection}
