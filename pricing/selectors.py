"""Reads of the tax rules."""

from typing import Any

from core.compiled import Compiled, Given
from pricing.calculator import UNTAXED, TaxRules
from pricing.models import TaxZone

_COLUMNS = ("code", "name", "prices_include_tax", "rates__tax_class", "rates__rate")
_RULES: Compiled[tuple[Any, ...]] = Compiled(
    lambda: TaxZone.objects.filter(countries__contains=[Given("country")]).order_by("code").values_list(*_COLUMNS)
)


def tax_rules_for(country: str) -> TaxRules:
    """How goods sent to a country (ISO 3166-1 alpha-2) are taxed; untaxed where no zone has it. One query."""
    rows = _RULES.rows(country=country)
    if not rows:
        return UNTAXED
    code, name, prices_include_tax, _tax_class, _rate = rows[0]
    return TaxRules(name, prices_include_tax, {row[3]: row[4] for row in rows if row[0] == code and row[3]})
