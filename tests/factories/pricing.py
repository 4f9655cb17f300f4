import factory
from factory.django import DjangoModelFactory

from pricing.models import TaxRate, TaxZone


class TaxZoneFactory(DjangoModelFactory):
    """The United States: 8.25 % on top of the listed price."""

    class Meta:
        model = TaxZone
        django_get_or_create = ("code",)

    code = "us"
    name = "United States"
    countries = factory.LazyFunction(lambda: ["US"])
    prices_include_tax = False


class InclusiveZone(TaxZoneFactory):
    """France: 20 % inside of the listed price."""

    code = "fr"
    name = "France"
    countries = factory.LazyFunction(lambda: ["FR"])
    prices_include_tax = True


class TaxRateFactory(DjangoModelFactory):
    class Meta:
        model = TaxRate

    zone = factory.SubFactory(TaxZoneFactory)
    tax_class = "standard"
    rate = "0.0825"
    name = "Sales tax"
