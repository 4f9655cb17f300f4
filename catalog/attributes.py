"""What a product says of itself beyond the shop's own columns: names with a text, a number, true or false each."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.text.cleaning import clean_line

MOST = 50
NAME_LENGTH = 60
VALUE_LENGTH = 500
_LARGEST = 2**53  # what every reader of JSON holds exactly

# Lax paths would look into a list and find its flat members.
_NESTED = 'strict $.* ? (@.type() == "object" || @.type() == "array" || @.type() == "null")'


def is_flat(column: str) -> Q:
    """The condition that a column holds a JSON object of plain values, for a CHECK."""
    kind = Func(F(column), function="jsonb_typeof", output_field=models.TextField())
    nested = Func(F(column), Value(_NESTED), function="jsonb_path_exists", output_field=models.BooleanField())
    return Q(Exact(kind, Value("object"))) & Q(Exact(nested, Value(False)))


def clean_attributes(given: Any) -> dict[str, str | int | float | bool]:
    """The attributes with names and texts stripped.

    Raises InvalidInput for `attributes` with the name at fault in the details.
    """
    if not isinstance(given, Mapping):
        message = _("Attributes are names with a text, a number, true or false each.")
        raise InvalidInput(message, code="not_an_object", field="attributes")
    if len(given) > MOST:
        too_many = _("There are too many attributes: %(limit)s at most.") % {"limit": MOST}
        raise InvalidInput(too_many, code="too_many_attributes", field="attributes")
    return {_name(name): _plain(name, value) for name, value in given.items()}


def _name(name: Any) -> str:
    stripped = _line(str(name))
    if not 0 < len(stripped) <= NAME_LENGTH:
        message = _("The name of an attribute has between 1 and %(limit)s characters.") % {"limit": NAME_LENGTH}
        raise InvalidInput(message, code="attribute_name", field="attributes", details={"attribute": stripped[:80]})
    return stripped


def _plain(name: Any, value: Any) -> str | int | float | bool:
    match value:
        case bool():
            return value
        case str() if len(value) <= VALUE_LENGTH:
            return _line(value)
        case int() if abs(value) <= _LARGEST:
            return value
        case float() | Decimal() if math.isfinite(number := float(value)) and abs(number) <= _LARGEST:
            return number
    message = _("An attribute is a text of at most %(limit)s characters, a number, true or false.")
    raise InvalidInput(
        message % {"limit": VALUE_LENGTH},
        code="attribute_value",
        field="attributes",
        details={"attribute": str(name)[:80]},
    )


def _line(text: str) -> str:
    try:
        return clean_line(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, code=error.code, field="attributes") from error
