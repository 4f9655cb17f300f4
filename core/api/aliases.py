"""Other names of a body's fields, kept for clients that know the field by them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


def settle_aliases(values: dict[str, Any], aliases: Mapping[str, str]) -> None:
    """Move each value from its alias to the field's own name.

    Raises ValidationError naming the alias whose field was given too, with another value.
    """
    wrong = {}
    for alias, name in aliases.items():
        if alias in values and values.setdefault(name, values[alias]) != values.pop(alias):
            wrong[alias] = [_("This says something else than %(name)s. Give one of the two.") % {"name": name}]
    if wrong:
        raise serializers.ValidationError(wrong, code="contradiction")


class AliasedInput(serializers.Serializer[Any]):
    """A body some of whose fields have a second name; whoever gives both has to say the same."""

    aliases: ClassVar[Mapping[str, str]] = {}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().to_internal_value(data)
        settle_aliases(values, self.aliases)
        return values
