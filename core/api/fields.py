"""Fields that every app's serializers share."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers
from rest_framework.fields import empty

from core.api.shape import unknown_names
from core.errors import InvalidInput
from core.i18n import countries
from core.money import Money
from core.text.emails import normalise_email


def time_text(moment: datetime) -> str:
    """A time as serializers write it, who ask for each in which time zone: nobody changes that while the shop runs."""
    text = moment.astimezone(get_default_timezone()).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


_PARTS = frozenset({"amount", "currency"})
_PLAIN_NUMBER = int | str | Decimal


class MoneyField(serializers.Field[Money, Any, dict[str, str], Any]):
    """An amount of money.

    Out: always `{"amount": "99.900", "currency": "TND"}`. In: that object, or a number or a text in major units,
    which then is in the currency that the view gives as `context["currency"]` (the shop's unless given).
    """

    default_error_messages = {
        "not_money": _("Send a number, a text or an object with amount and currency."),
    }

    def to_internal_value(self, data: Any) -> Money:
        currency = self.context.get("currency", settings.SHOP_CURRENCY)
        if isinstance(data, dict):
            if unknown := unknown_names(data, _PARTS):
                raise serializers.ValidationError(unknown)
            data, currency = data.get("amount"), data.get("currency")
        if isinstance(data, bool) or not isinstance(data, _PLAIN_NUMBER) or not isinstance(currency, str):
            self.fail("not_money")
        try:
            return Money.parse(data, currency)
        except InvalidInput as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: Money) -> dict[str, str]:
        return value.as_dict()


class MinorUnitsField(serializers.IntegerField):
    """An amount of money as a whole number of minor units, in the currency of `context["currency"]`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=2**31 - 1, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        minor = super().run_validation(data)
        return Money(minor, self.context.get("currency", settings.SHOP_CURRENCY)) if isinstance(minor, int) else minor


class MailAddressField(serializers.EmailField):
    """An e-mail address in its one spelling, however it was typed."""

    def to_internal_value(self, data: Any) -> str:
        return normalise_email(super().to_internal_value(data))


class CountryField(serializers.CharField):
    """An ISO 3166-1 alpha-2 code, in either letter case."""

    default_error_messages = {"unknown_country": _("Not the two-letter code of a country.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=2, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        typed = str(super().to_internal_value(data))
        # "ß" in upper case is "SS", which is South Sudan.
        if not typed.isascii() or typed.upper() not in countries.CODES:
            self.fail("unknown_country")
        return typed.upper()


class MoneySchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Money in the OpenAPI document: one component out, three forms in."""

    target_class = "core.api.fields.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Money", type=ResolvedComponent.SCHEMA, object="money", schema=_MONEY_SCHEMA
        )
        auto_schema.registry.register_on_missing(component)
        if direction == "response":
            return component.ref
        return {"oneOf": [component.ref, {"type": "string", "example": "99.900"}, {"type": "number"}]}


_MONEY_SCHEMA = {
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {
        "amount": {
            "type": "string",
            "pattern": r"^-?\d+(\.\d+)?$",
            "description": "In major units, with all decimals of the currency.",
            "example": "99.900",
        },
        "currency": {"type": "string", "description": "ISO 4217", "minLength": 3, "maxLength": 3, "example": "TND"},
    },
}
