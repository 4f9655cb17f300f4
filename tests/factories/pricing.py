from typing import Any

import factory
from factory.django import DjangoModelFactory

from pricing.models import TaxRate, TaxZone, TaxZoneArea


class TaxZoneFactory(DjangoModelFactory):
    """The United States: 8.25 % on top of the listed price. `parts` are (country, region, postal prefix)."""

    class Meta:
        model = TaxZone
        django_get_or_create = ("code",)

    code = "us"
    name = "United States"
    countries: Any = ("US",)
    parts: Any = ()
    prices_include_tax = False

    @classmethod
    def _create(cls, model_class: type[TaxZone], *args: Any, **kwargs: Any) -> TaxZone:
        areas = [*((country, "", "") for country in kwargs.pop("countries")), *kwargs.pop("parts")]
        zone: TaxZone = super()._create(model_class, *args, **kwargs)
        for country, region, prefix in areas:
            TaxZoneArea.objects.get_or_create(zone=zone, country=country, region=region, postal_prefix=prefix)
        return zone


class InclusiveZone(TaxZoneFactory):
    """France: 20 % inside of the listed price."""

    code = "fr"
    name = "France"
    countries: Any = ("FR",)
    prices_include_tax = True


class TaxRateFactory(DjangoModelFactory):
    class Meta:
        model = TaxRate

    zone = factory.SubFactory(TaxZoneFactory)
    tax_class = "standard"
    rate = "0.0825"
    name = "Sales tax"
