"""Staff keeps tax zones: rates in percent, each country in one zone."""

from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from pricing.areas import Area
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


def with_part(page: HttpResponse, **part: str) -> dict[str, Any]:
    data = {f"areas-0-{name}": value for name, value in part.items()}
    return filled_in(page, countries=[], **{"areas-TOTAL_FORMS": "1", **data})


def test_a_state_is_named_as_people_say_it_and_kept_by_its_code() -> None:
    client, address = staff_client(), reverse("admin:pricing_taxzone_add")

    response = client.post(
        address,
        with_part(client.get(address), country="US", region="california") | {"name": "California", "code": "ca"},
    )

    assert response.status_code == 302
    assert [area.area for area in TaxZone.objects.get().areas.all()] == [Area("US", "CA")]


def test_whole_countries_and_parts_of_countries_are_saved_side_by_side() -> None:
    zone = TaxZoneFactory(code="islands", countries=["PT", "FR"], parts=[("ES", "", "35")])
    client, address = staff_client(), reverse("admin:pricing_taxzone_change", args=[zone.pk])

    client.post(address, filled_in(client.get(address), countries=["PT", "IT"]))

    assert {row.area for row in zone.areas.all()} == {Area("PT"), Area("IT"), Area("ES", "", "35")}


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ({"country": "US", "region": "Bavaria"}, "United States has no region “Bavaria”."),
        ({"country": "FR", "region": "Corse"}, "Addresses in France name no region."),
        ({"country": "US", "region": "CA", "postal_prefix": "9"}, "not both"),
        ({"country": "AE", "postal_prefix": "9"}, "Addresses in United Arab Emirates have no postal code."),
        ({"country": "ES", "postal_prefix": "Ж5"}, "Write the letters and digits"),
        ({"country": "ES"}, "whole countries are chosen above"),
        ({"country": "GB", "postal_prefix": "bt"}, "United Kingdom BT…: already in the zone “Northern Ireland”."),
    ],
)
def test_a_part_that_cannot_be_is_refused_by_name(part: dict[str, str], error: str) -> None:
    TaxZoneFactory(code="ni", name="Northern Ireland", countries=(), parts=[("GB", "", "BT")])
    client, address = staff_client(), reverse("admin:pricing_taxzone_add")

    response = client.post(address, with_part(client.get(address), **part) | {"name": "Zone", "code": "zone"})

    assert error in errors_of(response)
    assert not TaxZone.objects.filter(code="zone").exists()


def test_a_zone_has_an_area() -> None:
    client, address = staff_client(), reverse("admin:pricing_taxzone_add")

    response = client.post(address, filled_in(client.get(address), name="Zone", code="zone"))

    assert "Give the zone at least one area." in errors_of(response)


def test_the_same_part_twice_is_refused() -> None:
    client, address = staff_client(), reverse("admin:pricing_taxzone_add")
    twice = {
        "areas-TOTAL_FORMS": "2", "areas-0-country": "US", "areas-0-region": "CA",
        "areas-1-country": "US", "areas-1-region": "California",
    }  # fmt: skip

    response = client.post(address, filled_in(client.get(address), name="Zone", code="zone", **twice))

    assert response.status_code == 200
    assert "duplicate" in errors_of(response)
