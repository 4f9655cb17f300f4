"""Staff keeps tax zones: rates in percent, each country in one zone."""

from decimal import Decimal

import pytest
from django.urls import reverse

from pricing.models import TaxZone
from tests.factories.pricing import InclusiveZone, TaxRateFactory, TaxZoneFactory
from tests.factories.staff import errors_of, filled_in, staff_client

pytestmark = pytest.mark.django_db


def test_a_rate_is_typed_as_percent_and_kept_as_a_fraction() -> None:
    client, address = staff_client(), reverse("admin:pricing_taxzone_add")
    data = {
        "name": "France",
        "code": "fr",
        "countries": ["FR"],
        "prices_include_tax": "on",
        "rates-TOTAL_FORMS": "1",
        "rates-0-tax_class": "reduced",
        "rates-0-rate": "5.5",
        "rates-0-name": "TVA",
    }

    response = client.post(address, filled_in(client.get(address), **data))

    assert response.status_code == 302
    assert TaxZone.objects.get().rates.get().rate == Decimal("0.055")


def test_a_rate_is_shown_as_percent_and_unchanged_when_saved_as_it_is() -> None:
    rate = TaxRateFactory()
    client, address = staff_client(), reverse("admin:pricing_taxzone_change", args=[rate.zone_id])
    page = client.get(address)

    client.post(address, filled_in(page))

    rate.refresh_from_db()
    assert filled_in(page)["rates-0-rate"] == "8.25"
    assert rate.rate == Decimal("0.0825")


def test_a_country_is_in_one_zone() -> None:
    InclusiveZone()
    zone = TaxZoneFactory()
    client, address = staff_client(), reverse("admin:pricing_taxzone_change", args=[zone.pk])

    response = client.post(address, filled_in(client.get(address), countries=["US", "FR"]))

    assert "France: already in the zone “France”." in errors_of(response)
