"""Whether a body has the shape that its serializer reads: known names, and values of the right JSON type.

The framework drops names that it does not know, and takes "2" for a number and 1 for true. Here a body is held against
its serializer before the fields read it: a walk over the given names, which costs little beside reading them.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from core.api.faults import BODY, join

# Names that callers make up: so many are told of, and likenesses looked for in names that are no longer than this.
_MOST_TOLD = 20
_LONGEST_NAME = 60
# More digits than any number of the shop has; a larger exponent would take for ever to write out.
_MOST_DIGITS = 30
# Longer lists of names help nobody.
_MOST_LISTED = 40

TEXT, OBJECT = "text", "object"
_NUMBER, _WHOLE, _TRUTH, _LIST = "number", "whole", "truth", "list"
_SAID: dict[str, Promise] = {
    TEXT: gettext_lazy("a text"),
    _NUMBER: gettext_lazy("a decimal number"),
    _WHOLE: gettext_lazy("a whole number"),
    _TRUTH: gettext_lazy("true or false"),
    _LIST: gettext_lazy("a list"),
    OBJECT: gettext_lazy("an object"),
}
# The first that fits: what is not here, such as money, reads its value in several types by itself.
_KINDS: tuple[tuple[tuple[Any, ...], str], ...] = (
    ((serializers.ListSerializer, serializers.ListField), _LIST),
    ((serializers.MultipleChoiceField, serializers.ManyRelatedField), _LIST),
    ((serializers.BaseSerializer, serializers.DictField), OBJECT),
    ((serializers.BooleanField,), _TRUTH),
    ((serializers.IntegerField,), _WHOLE),
    ((serializers.FloatField, serializers.DecimalField), _NUMBER),
    (
        (
            serializers.CharField,
            serializers.ChoiceField,
            serializers.UUIDField,
            serializers.DateField,
            serializers.DateTimeField,
            serializers.TimeField,
            serializers.SlugRelatedField,
        ),
        TEXT,
    ),
)

_GIVEN: dict[type[Any], str] = {bool: _TRUTH, str: TEXT, int: _WHOLE, list: _LIST, dict: OBJECT}

Faults = dict[str, list[ErrorDetail]]


def shape_faults(serializer: serializers.BaseSerializer[Any], data: Any) -> Faults:
    """Return what is wrong with a body's names and types, by path; nothing for one that the fields can read."""
    if isinstance(data, QueryDict):
        return dict(islice(_form_faults(serializer, data), _MOST_TOLD))
    return dict(islice(_faults(serializer, data, ""), _MOST_TOLD))


def unknown_names(names: Iterable[str], known: Iterable[str], *, code: str = "unknown_field") -> Faults:
    """The faults of those names that are not known, as far as a reader will look at them."""
    names_known = frozenset(known)
    unknown = (name for name in names if name not in names_known)
    return {name: unknown_name(name, names_known, code=code) for name in islice(unknown, _MOST_TOLD)}


def unknown_name(name: str, known: Iterable[str], *, code: str) -> list[ErrorDetail]:
    """The fault of a name that is not known, with the nearest that is, or else with all."""
    names = sorted(known)
    shown = name[:_LONGEST_NAME]
    told = {
        "unknown_field": _("Unknown field `%(name)s`."),
        "unknown_parameter": _("Unknown parameter `%(name)s`."),
    }[code] % {"name": shown}
    return [ErrorDetail(f"{told} {_advice(shown, names)}".strip(), code)]


def _advice(name: str, known: list[str]) -> str:
    if near := get_close_matches(name.lower(), known, n=1):
        return _("Did you mean `%(name)s`?") % {"name": near[0]}
    if not known:
        return _("None is taken here.")
    if len(known) > _MOST_LISTED:
        return ""
    return _("Known are: %(names)s.") % {"names": ", ".join(f"`{one}`" for one in known)}


def _faults(field: Any, value: Any, path: str) -> Iterator[tuple[str, list[ErrorDetail]]]:
    if value is None:  # whether it may be null is the field's to say
        return
    kind = _kind_of(field.__class__)
    if kind is None:
        return
    given = _given(value)
    if kind != given and not (kind == _NUMBER and given == _WHOLE):
        yield path or BODY, _wrong_type(kind, given)
        return
    if isinstance(field, serializers.Serializer):
        yield from _faults_of_names(field, value, path)
    elif kind == _LIST and (child := getattr(field, "child", None)) is not None:
        for place, one in enumerate(value):
            yield from _faults(child, one, join(path, place))


def _faults_of_names(
    serializer: serializers.Serializer[Any], value: Mapping[str, Any], path: str
) -> Iterator[tuple[str, list[ErrorDetail]]]:
    fields = serializer.fields
    for name, inner in value.items():
        field = fields.get(name)
        if field is not None and not field.read_only:
            yield from _faults(field, inner, join(path, name))
        else:
            yield join(path, name), unknown_name(name, _written(fields), code="unknown_field")


def _form_faults(
    serializer: serializers.BaseSerializer[Any], form: QueryDict
) -> Iterator[tuple[str, list[ErrorDetail]]]:
    """Of a form or a query, whose values are all texts, the names only."""
    fields = getattr(serializer, "fields", {})
    for name, values in form.lists():
        # A list may come as `images` several times, or as `images[0]`, `images[1]`.
        field = fields.get(name) or fields.get(name.partition("[")[0])
        is_list = isinstance(field, serializers.ListField)
        if field is None or field.read_only or (name not in fields and not is_list):
            yield name, unknown_name(name, _written(fields), code="unknown_field")
        elif len(values) > 1 and not is_list:
            yield name, [ErrorDetail(_("Give this once."), "repeated_parameter")]
        elif isinstance(field, serializers.BooleanField) and values[0].lower() not in {"true", "false"}:
            yield name, [ErrorDetail(_("Give true or false."), "invalid")]


def _written(fields: Mapping[str, Any]) -> list[str]:
    return [name for name, field in fields.items() if not field.read_only]


@cache
def _kind_of(field_class: Any) -> str | None:
    """Of which JSON type a field's values are; None where it takes several. A class may say so by `json_type`."""
    declared: str | None = getattr(field_class, "json_type", None)
    return declared or next((kind for classes, kind in _KINDS if issubclass(field_class, classes)), None)


def _given(value: Any) -> str:
    """The JSON type of a parsed value. As in JSON Schema 2.0 and 1e3 are whole numbers."""
    if isinstance(value, Decimal | float):
        return _WHOLE if _is_whole(Decimal(value)) else _NUMBER
    return _GIVEN.get(type(value), OBJECT)


def _is_whole(number: Decimal) -> bool:
    return number.is_finite() and number.adjusted() < _MOST_DIGITS and number == number.to_integral_value()


def _wrong_type(kind: str, given: str) -> list[ErrorDetail]:
    message = _("Send %(taken)s, not %(given)s.") % {"taken": _SAID[kind], "given": _SAID[given]}
    return [ErrorDetail(message, "wrong_type")]
