"""The plain fields of the catalogue as bodies of the API and rows of files and bulk calls take them."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from catalog.attributes import clean_attributes
from catalog.fields import ProductFields, Rule, VariantFields, rules
from catalog.models import TAG_LENGTH, Product, Variant
from core.api.shape import OBJECT
from core.errors import InvalidInput
from core.text.cleaning import fold

_LARGEST_INTEGER = 2**31 - 1
_TAGS = 30
# With the blanks and hyphens between its digits.
_LONGEST_TYPED_CODE = 60

_Field = serializers.Field[Any, Any, Any, Any]
_ModelField: TypeAlias = "models.Field[Any, Any]"


class TagsField(serializers.ListField):
    """Tags, folded, each once; their order is kept."""

    child = serializers.CharField(max_length=TAG_LENGTH)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=_TAGS, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        folded = (fold(given)[:TAG_LENGTH] for given in super().to_internal_value(data))
        return list(dict.fromkeys(tag for tag in folded if tag))


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]},
        "example": {"material": "copper", "litres": 1.5, "dishwasher": False},
    }
)
class AttributesField(_Field):
    """Names with a text, a number, true or false each."""

    json_type: ClassVar[str] = OBJECT

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            return dict(clean_attributes(data))
        except InvalidInput as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: Any) -> Any:
        return value


class PlainInput(serializers.Serializer[Any]):
    """A body with every plain field of a product and of its one variant; none is required.

    What a class declares itself goes before what derives from the table.
    """

    def get_fields(self) -> dict[str, Any]:
        declared: dict[str, Any] = super().get_fields()
        return declared | {
            name: _input_of(model._meta.get_field(name), rule)
            for model, table in ((Product, ProductFields), (Variant, VariantFields))
            for name, rule in rules(table).items()
            if name not in declared
        }


class CodeField(serializers.CharField):
    """A code that its model field reads: however it is typed, it comes out as the shop stores it, or is refused."""

    def __init__(self, field: _ModelField) -> None:
        super().__init__(allow_blank=field.blank, max_length=_LONGEST_TYPED_CODE)
        self._field = field

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation(data) or None

    def to_internal_value(self, data: Any) -> Any:
        return self._field.clean(super().to_internal_value(data), None)


def _text(field: _ModelField, _rule: Rule) -> _Field:
    if type(field) is not models.CharField:
        return CodeField(field)
    return serializers.CharField(max_length=field.max_length, allow_blank=field.blank)


def _slug(field: _ModelField, _rule: Rule) -> _Field:
    return serializers.SlugField(max_length=field.max_length)


def _flag(_field: _ModelField, _rule: Rule) -> _Field:
    return serializers.BooleanField()


def _number(_field: _ModelField, rule: Rule) -> _Field:
    return serializers.IntegerField(min_value=rule.minimum, max_value=_LARGEST_INTEGER)


def _tags(_field: _ModelField, _rule: Rule) -> _Field:
    return TagsField()


def _attributes(_field: _ModelField, _rule: Rule) -> _Field:
    return AttributesField()


# The first that fits.
_INPUTS: tuple[tuple[type[_ModelField], Callable[[_ModelField, Rule], _Field]], ...] = (
    (models.SlugField, _slug),
    (models.CharField, _text),
    (models.BooleanField, _flag),
    (models.IntegerField, _number),
    (ArrayField, _tags),
    (models.JSONField, _attributes),
)


def _input_of(field: Any, rule: Rule) -> _Field:
    if field.choices:
        made: _Field = serializers.ChoiceField(choices=field.choices)
    else:
        made = next(make for kind, make in _INPUTS if isinstance(field, kind))(field, rule)
    made.required, made.allow_null, made.help_text = False, field.null, rule.help_text or None
    return made
