"""The zone of a destination: its finest area, whatever way region and postal code are typed."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from core.errors import InvalidInput
from pricing.areas import Area
from pricing.destinations import Destination
from pricing.models import TaxZone, TaxZoneArea
from pricing.selectors import tax_rules_for
from pricing.services import create_tax_zone, update_tax_zone
from tests.factories.pricing import TaxRateFactory, TaxZoneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def zones() -> None:
    TaxRateFactory(zone=TaxZoneFactory())
    TaxRateFactory(
        zone=TaxZoneFactory(code="ca", name="California", countries=(), parts=[("US", "CA", "")]), rate="0.0725"
    )
    TaxRateFactory(
        zone=TaxZoneFactory(code="la", name="Los Angeles", countries=(), parts=[("US", "", "900")]), rate="0.095"
    )
    TaxRateFactory(zone=TaxZoneFactory(code="90", name="The West", countries=(), parts=[("US", "", "9")]), rate="0.09")
    TaxZoneFactory(code="ni", name="Northern Ireland", countries=(), parts=[("GB", "", "BT")])
    TaxZoneFactory(code="dubai", name="Dubai", countries=(), parts=[("AE", "Dubai", "")])


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ({"country": "US"}, "United States"),
        ({"country": "US", "region": "NY", "postal_code": "10001"}, "United States"),
        ({"country": "US", "region": "CA"}, "California"),
        ({"country": "US", "region": "california "}, "California"),
        ({"country": "us", "region": "US-CA"}, "California"),
        ({"country": "US", "region": "CA", "postal_code": "90012-1234"}, "Los Angeles"),
        ({"country": "US", "region": "CA", "postal_code": "٩٠٠١٢"}, "Los Angeles"),
        ({"country": "US", "region": "CA", "postal_code": "95000"}, "The West"),
        ({"country": "US", "region": "Nowhere"}, "United States"),
        ({"country": "GB", "postal_code": "bt1 5gs"}, "Northern Ireland"),
        ({"country": "GB", "postal_code": "SW1A 1AA"}, ""),
        ({"country": "AE", "region": "دبي"}, "Dubai"),
        ({"country": "AE", "region": "Sharjah"}, ""),
        ({"country": "AE"}, ""),
    ],
)
def test_the_finest_area_decides(zones: None, address: dict[str, str], zone: str) -> None:
    assert tax_rules_for(Destination.of(address)).zone == zone


def test_rates_are_those_of_the_finest_zone_alone(zones: None) -> None:
    TaxRateFactory(zone=TaxZone.objects.get(code="us"), tax_class="reduced", rate="0.03")

    rules = tax_rules_for(Destination("US", "CA"))

    assert str(rules.rate("standard")) == "0.072500"
    assert rules.rate("reduced") == 0


def test_rules_take_one_query(zones: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        tax_rules_for(Destination("US", "CA", "90012"))


@pytest.mark.parametrize(
    "claim",
    [
        {"country": "US", "region": "CA"},
        {"country": "us"},
        {"country": "US", "region": "CA", "postal_prefix": "9"},
        {"country": "US", "postal_prefix": "9-"},
    ],
)
def test_the_database_refuses_what_no_zone_may_claim(zones: None, claim: dict[str, str]) -> None:
    zone = TaxZoneFactory(code="other", countries=())

    with pytest.raises(IntegrityError), transaction.atomic():
        TaxZoneArea.objects.create(zone=zone, **claim)


def test_an_area_of_another_zone_is_refused_with_its_name(zones: None) -> None:
    with pytest.raises(InvalidInput, match="United States, California: already in the zone “California”") as refused:
        create_tax_zone(code="x", name="X", prices_include_tax=False, areas=[Area("FR"), Area("US", "CA")])

    assert refused.value.details == {"zone": "ca", "area": 1}
    assert not TaxZone.objects.filter(code="x").exists()


def test_areas_are_replaced_by_those_given(zones: None) -> None:
    zone = TaxZone.objects.get(code="ca")
    kept = zone.areas.get()

    update_tax_zone(zone_id=zone.pk, areas=[Area("US", "CA"), Area("US", "OR")])
    update_tax_zone(zone_id=zone.pk, name="The coast")

    assert {row.area for row in zone.areas.all()} == {Area("US", "CA"), Area("US", "OR")}
    assert zone.areas.get(region="CA") == kept


@pytest.mark.django_db(transaction=True)
def test_countries_of_zones_become_areas_and_come_back() -> None:
    def to(pricing: str, audit: str) -> object:
        executor = MigrationExecutor(connection)
        return executor.migrate([("pricing", pricing), ("audit", audit)]).apps

    try:
        old = to("0001_initial", "0008_staff_tasks")
        zones = old.get_model("pricing", "TaxZone").objects  # type: ignore[attr-defined]
        zones.create(code="eu", name="EU", countries=["FR", "BE"], prices_include_tax=True)
        zones.create(code="fr", name="France", countries=["FR", "MC"], prices_include_tax=True)

        to("0004_no_countries_of_zones", "0009_tax_areas")
        assert {(row.zone.code, str(row.country)) for row in TaxZoneArea.objects.select_related("zone")} == {
            ("eu", "FR"), ("eu", "BE"), ("fr", "MC"),
        }  # fmt: skip

        old = to("0001_initial", "0008_staff_tasks")
        kept = old.get_model("pricing", "TaxZone").objects.order_by("code")  # type: ignore[attr-defined]
        assert [zone.countries for zone in kept] == [["BE", "FR"], ["MC"]]
    finally:
        to("0004_no_countries_of_zones", "0009_tax_areas")
