"""Two colleagues who give the same area to two zones at the same moment."""

import pytest
from django.db import IntegrityError

from core.errors import InvalidInput
from pricing.areas import Area
from pricing.models import TaxZoneArea
from pricing.services import create_tax_zone
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def claim(code: str) -> object:
    return create_tax_zone(code=code, name=code, prices_include_tax=False, areas=[Area("US", "CA")])


def test_one_of_two_zones_gets_the_area_and_the_other_is_told_whose_it_is() -> None:
    results = at_once(lambda: claim("one"), lambda: claim("two"))

    [refused] = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refused, InvalidInput)
    assert refused.code == "area_taken"
    assert TaxZoneArea.objects.count() == 1


def test_without_the_lock_the_constraint_still_refuses_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pricing.services.lock_tax_areas", lambda: None)

    results = at_once(lambda: claim("one"), lambda: claim("two"))

    [refused] = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refused, IntegrityError | InvalidInput)
    assert TaxZoneArea.objects.count() == 1
