"""How the API explains a price."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.fields import MoneyField, money_json
from core.money import Money
from pricing.calculator import Step, Totals


class PriceStepOutput(serializers.Serializer[Any]):
    """One line of the explanation, fresh from the calculator or as an order keeps it."""

    code = serializers.CharField(help_text="list_price, subtotal, shipping, tax_included, tax_added")
    amount = serializers.SerializerMethodField()
    detail = serializers.DictField(child=serializers.CharField(), help_text="What the amount was computed from.")

    @extend_schema_field(MoneyField())
    def get_amount(self, step: Step | Mapping[str, Any]) -> dict[str, str]:
        if isinstance(step, Mapping):
            return money_json(Money(step["minor"], step["currency"]))
        return money_json(step.amount)


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
