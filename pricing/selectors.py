"""Reads of prices and of the tax rules."""

from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.functions import Length

from catalog.models import Variant
from core.fast.compiled import Compiled, Param
from core.money import Money
from pricing.context import UNTAXED, Audience, TaxRules
from pricing.destinations import Destination
from pricing.models import TaxZone, TaxZoneArea

_COLUMNS = (
    "zone_id",
    "zone__name",
    "zone__prices_include_tax",
    "zone__rates__tax_class",
    "zone__rates__rate",
)
_BEGINS = Func(Param("postal_code"), F("postal_prefix"), function="starts_with", output_field=BooleanField())
_RULES: Compiled[tuple[Any, ...]] = Compiled(
    lambda: (
        TaxZoneArea.objects.filter(Q(region="") | Q(region=Param("region")), _BEGINS, country=Param("country"))
        # Postal codes are finer than regions, and those than countries; of two prefixes the longer one counts.
        .order_by(Length("postal_prefix").desc(), Length("region").desc())
        .values_list(*_COLUMNS)
    )
)


def price_of(variant: Variant, audience: Audience) -> Money | None:
    """Return the unit price at which an audience buys a variant; None if it is not for sale in their currency."""
    return variant.price if variant.currency == audience.currency else None


def tax_rules_for(destination: Destination) -> TaxRules:
    """Return how goods sent to a destination are taxed: by the zone of its finest area, untaxed if none has it.

    One query.
    """
    rows = _RULES.rows(country=destination.country, region=destination.region, postal_code=destination.postal_code)
    if not rows:
        return UNTAXED
    zone_id, name, prices_include_tax, _tax_class, _rate = rows[0]
    return TaxRules(name, prices_include_tax, {row[3]: row[4] for row in rows if row[0] == zone_id and row[3]})


def tax_zones() -> QuerySet[TaxZone]:
    """Return the zones by code, with their areas and rates prefetched."""
    return TaxZone.objects.prefetch_related("areas", "rates").order_by("code", "id")
