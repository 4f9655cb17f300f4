"""How the API explains a price."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from catalog.models import TaxClass
from core.api.fields import MoneyField
from core.errors import InvalidInput
from core.money import Money
from core.text.cleaning import ascii_digits
from pricing.areas import LONGEST_PREFIX, Area
from pricing.calculator import Step, Totals
from pricing.models import TaxRate, TaxZone, TaxZoneArea
from pricing.services import Rate


class PriceStepOutput(serializers.Serializer[Any]):
    """One line of the explanation, fresh from the calculator or as an order keeps it."""

    code = serializers.CharField(
        help_text="list_price, subtotal, discount, shipping, shipping_discount, tax_included, tax_added"
    )
    amount = MoneyField()
    detail = serializers.DictField(child=serializers.CharField(), help_text="What the amount was computed from.")

    def to_representation(self, instance: Step | Mapping[str, Any]) -> dict[str, Any]:
        return price_step_json(instance)


def price_step_json(step: Step | Mapping[str, Any]) -> dict[str, Any]:
    """What PriceStepOutput writes."""
    kept = step if isinstance(step, Mapping) else step.as_dict()
    amount = Money(kept["minor"], kept["currency"])
    return {"code": kept["code"], "amount": amount.as_dict(), "detail": kept["detail"]}


class TotalsOutput(serializers.Serializer[Totals]):
    """total = subtotal - discount + shipping, and + tax where prices do not include it."""

    subtotal = MoneyField()
    discount = MoneyField()
    shipping = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    prices_include_tax = serializers.BooleanField()
    tax_zone = serializers.CharField(source="rules.zone")
    steps = PriceStepOutput(many=True)


class TaxAreaInput(serializers.Serializer[Any]):
    """A country, one of its regions, or its postal codes with a prefix."""

    country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    region = serializers.CharField(
        max_length=120, allow_blank=True, default="", help_text="Name or code, such as `California` or `CA`."
    )
    postal_prefix = serializers.CharField(
        max_length=LONGEST_PREFIX, allow_blank=True, default="", help_text="What postal codes begin with, such as `35`."
    )

    def validate(self, attrs: dict[str, Any]) -> Any:
        try:
            return Area.read(**attrs)
        except InvalidInput as error:
            raise serializers.ValidationError({str(error.field): [ErrorDetail(str(error), error.code)]}) from error


@extend_schema_field({"oneOf": [{"type": "string", "format": "decimal"}, {"type": "number"}]})
class FractionField(serializers.Field[Decimal, Any, str, Any]):
    """A rate from 0 to below 1 with six decimals at most, as text or number."""

    default_error_messages = {"fraction": _("Give the rate as a fraction below 1, such as 0.2 for 20 %.")}

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            rate = Decimal(ascii_digits(str(data)))
        except InvalidOperation:
            self.fail("fraction")
        if isinstance(data, bool) or not rate.is_finite() or not 0 <= rate < 1 or rate != round(rate, 6):
            self.fail("fraction")
        return rate

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class TaxRateInput(serializers.Serializer[Any]):
    """A rate for one tax class."""

    tax_class = serializers.ChoiceField(choices=TaxClass.choices)
    rate = FractionField(help_text="As a fraction below 1: 0.2 is 20 %.")
    name = serializers.CharField(max_length=60, help_text="Name on the invoice.")

    def validate(self, attrs: dict[str, Any]) -> Any:
        return Rate(**attrs)


class NewTaxZoneInput(serializers.Serializer[Any]):
    """A zone with its areas; without `rates` nothing is taxed there."""

    code = serializers.SlugField(max_length=60)
    name = serializers.CharField(max_length=120)
    prices_include_tax = serializers.BooleanField()
    areas = serializers.ListField(child=TaxAreaInput(), min_length=1, max_length=1000)
    rates = serializers.ListField(child=TaxRateInput(), max_length=len(TaxClass.choices), required=False)


class TaxZoneInput(NewTaxZoneInput):
    """What is left out stays as it is; an area or a rate that is given is whole."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # Not by `partial`: that would let areas and rates lack what they need too.
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class TaxAreaOutput(serializers.ModelSerializer[TaxZoneArea]):
    class Meta:
        model = TaxZoneArea
        fields = ("country", "region", "postal_prefix")
        read_only_fields = fields


class TaxRateOutput(serializers.ModelSerializer[TaxRate]):
    class Meta:
        model = TaxRate
        fields = ("tax_class", "rate", "name")
        read_only_fields = fields


class TaxZoneOutput(serializers.ModelSerializer[TaxZone]):
    areas = TaxAreaOutput(many=True, read_only=True)
    rates = TaxRateOutput(many=True, read_only=True)

    class Meta:
        model = TaxZone
        fields = ("id", "code", "name", "prices_include_tax", "areas", "rates", "created_at", "updated_at")
        read_only_fields = fields
