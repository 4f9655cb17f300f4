"""How the API explains a price."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api.fields import MoneyField
from core.money import Money
from pricing.calculator import Step, Totals


class PriceStepOutput(serializers.Serializer[Any]):
    """One line of the explanation, fresh from the calculator or as an order keeps it."""

    code = serializers.CharField(help_text="list_price, subtotal, shipping, tax_included, tax_added")
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
