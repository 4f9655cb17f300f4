"""Reads of the tax rules."""

from pricing.calculator import UNTAXED, TaxRules
from pricing.models import TaxZone


def tax_rules_for(country: str) -> TaxRules:
    """How goods sent to a country (ISO 3166-1 alpha-2) are taxed; untaxed where no zone has it. Two queries."""
    zone = TaxZone.objects.filter(countries__contains=[country]).prefetch_related("rates").first()
    if zone is None:
        return UNTAXED
    return TaxRules(zone.name, zone.prices_include_tax, {rate.tax_class: rate.rate for rate in zone.rates.all()})
