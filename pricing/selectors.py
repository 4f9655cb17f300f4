"""Reads of prices and of the tax rules."""

from typing import Any

from catalog.models import Variant
from core.compiled import Compiled, Given
from core.money import Money
from pricing.context import UNTAXED, Audience, TaxRules
from pricing.destinations import Destination
from pricing.models import TaxZone

_COLUMNS = ("code", "name", "prices_include_tax", "rates__tax_class", "rates__rate")
_RULES: Compiled[tuple[Any, ...]] = Compiled(
    lambda: TaxZone.objects.filter(countries__contains=[Given("country")]).order_by("code").values_list(*_COLUMNS)
)


def price_of(variant: Variant, audience: Audience) -> Money | None:
    """Return the unit price at which an audience buys a variant; None if it is not for sale in their currency."""
    return variant.price if variant.currency == audience.currency else None


def tax_rules_for(destination: Destination) -> TaxRules:
    """How goods sent to a destination are taxed; untaxed where no zone has it. One query."""
    rows = _RULES.rows(country=destination.country)
    if not rows:
        return UNTAXED
    code, name, prices_include_tax, _tax_class, _rate = rows[0]
    return TaxRules(name, prices_include_tax, {row[3]: row[4] for row in rows if row[0] == code and row[3]})
