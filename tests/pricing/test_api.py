"""Tax zones through the API: staff with the permission reads and writes them, nobody else sees one."""

from typing import Any

import pytest

from core.db.ids import new_id
from pricing.models import TaxZone
from tests.api import V1, client_of, codes_of, faulty, given
from tests.factories.accounts import UserFactory
from tests.factories.pricing import TaxRateFactory, TaxZoneFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

ZONES = f"{V1}/tax-zones"
CALIFORNIA = {
    "code": "ca",
    "name": "California",
    "prices_include_tax": False,
    "areas": [{"country": "US", "region": "california"}, {"country": "US", "postal_prefix": "96-1"}],
    "rates": [{"tax_class": "standard", "rate": "0.0725", "name": "Sales tax"}],
}


def finance() -> Any:
    return client_of(colleague("pricing.view_taxzone", "pricing.add_taxzone", "pricing.change_taxzone"))


def test_a_zone_is_added_with_its_areas_and_rates() -> None:
    added = given(finance().post(ZONES, CALIFORNIA), 201)

    assert added["areas"] == [
        {"country": "US", "region": "", "postal_prefix": "961"},
        {"country": "US", "region": "CA", "postal_prefix": ""},
    ]
    assert added["rates"] == [{"tax_class": "standard", "rate": "0.072500", "name": "Sales tax"}]
    assert given(finance().get(f"{ZONES}/{added['id']}")) == added
    assert given(finance().get(ZONES)) == [added]


def test_what_is_given_is_changed_and_the_rest_stays() -> None:
    zone = TaxRateFactory().zone

    changed = given(finance().patch(f"{ZONES}/{zone.pk}", {"areas": [{"country": "US"}, {"country": "PR"}]}))

    assert [area["country"] for area in changed["areas"]] == ["PR", "US"]
    assert (changed["name"], len(changed["rates"])) == (zone.name, 1)


def test_a_zone_that_was_changed_since_is_not_overwritten() -> None:
    zone = TaxRateFactory().zone
    tag = finance().get(f"{ZONES}/{zone.pk}")["ETag"]
    zone.rates.update(rate="0.09")

    assert finance().patch(f"{ZONES}/{zone.pk}", {"name": "X"}, HTTP_IF_MATCH=tag).status_code == 412


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        ({"areas": [{}]}, {"areas.0.country"}),
        ({"areas": [{"region": "CA"}]}, {"areas.0.country"}),
        ({"rates": [{"rate": "0.2"}]}, {"rates.0.tax_class", "rates.0.name"}),
    ],
)
def test_an_area_or_a_rate_is_changed_as_a_whole(body: dict[str, Any], lacks: set[str]) -> None:
    zone = TaxRateFactory().zone

    assert codes_of(finance().patch(f"{ZONES}/{zone.pk}", body)) == dict.fromkeys(lacks, "required")


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"areas": [{"country": "XX"}]}, {"areas.0.country": "unknown_country"}),
        ({"areas": [{"country": "US", "region": "Bayern"}]}, {"areas.0.region": "unknown_region"}),
        ({"areas": [{"country": "FR", "region": "Corse"}]}, {"areas.0.region": "unknown_region"}),
        (
            {"areas": [{"country": "US", "region": "CA", "postal_prefix": "9"}]},
            {"areas.0.postal_prefix": "region_and_prefix"},
        ),
        ({"areas": [{"country": "AE", "postal_prefix": "9"}]}, {"areas.0.postal_prefix": "no_postal_codes"}),
        ({"areas": []}, {"areas": "min_length"}),
        ({"rates": [{"tax_class": "standard", "rate": "1.5", "name": "x"}]}, {"rates.0.rate": "fraction"}),
        ({"rates": [{"tax_class": "luxury", "rate": "0.5", "name": "x"}]}, {"rates.0.tax_class": "invalid_choice"}),
    ],
)
def test_a_wrong_field_is_named(body: dict[str, Any], faults: dict[str, str]) -> None:
    assert codes_of(finance().post(ZONES, CALIFORNIA | body)) == faults
    assert not TaxZone.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"areas": [{"country": "US"}]}, "areas", "area_taken"),
        ({"code": "us"}, "code", "code_taken"),
        ({"areas": [{"country": "FR"}, {"country": "fr"}]}, "areas", "given_twice"),
        ({"rates": CALIFORNIA["rates"] * 2}, "rates", "given_twice"),
    ],
)
def test_what_another_zone_has_is_refused(body: dict[str, Any], field: str, code: str) -> None:
    TaxZoneFactory()

    assert faulty(finance().post(ZONES, CALIFORNIA | body), 422, code)[field]["code"] == code
    assert TaxZone.objects.count() == 1


def test_only_staff_with_the_permission_comes_in() -> None:
    zone = TaxZoneFactory()
    for client, status in [
        (client_of(UserFactory()), 403),
        (client_of(colleague("orders.view_order")), 403),
    ]:
        assert client.get(ZONES).status_code == status
        assert client.get(f"{ZONES}/{zone.pk}").status_code == status
        assert client.post(ZONES, CALIFORNIA).status_code == status
        assert client.patch(f"{ZONES}/{zone.pk}", {"name": "X"}).status_code == status
    looker = client_of(colleague("pricing.view_taxzone"))
    assert looker.get(ZONES).status_code == 200
    assert looker.patch(f"{ZONES}/{zone.pk}", {"name": "X"}).status_code == 403
    assert finance().get(f"{ZONES}/{new_id()}").status_code == 404
    zone.refresh_from_db()
    assert zone.name == "United States"
