"""The calculator: every step explained, every unit accounted for."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, total
from pricing.calculator import LineInput, ShippingInput, TaxRules, calculate, tax_on
from pricing.selectors import tax_rules_for
from tests.factories.pricing import InclusiveZone, TaxRateFactory, TaxZoneFactory

US = TaxRules("United States", prices_include_tax=False, rates={"standard": Decimal("0.0825")})
FRANCE = TaxRules("France", prices_include_tax=True, rates={"standard": Decimal("0.2"), "reduced": Decimal("0.055")})


def line(price: int, quantity: int = 1, tax_class: str = "standard", key: str = "a") -> LineInput:
    return LineInput(key, Money(price, "USD"), quantity, tax_class)


def shipping(charge: int) -> ShippingInput:
    return ShippingInput("Standard", Money(charge, "USD"), "standard")


def test_where_prices_exclude_tax_it_comes_on_top() -> None:
    totals = calculate([line(1999, 2)], currency="USD", rules=US, shipping=shipping(500))
    assert (totals.subtotal.minor, totals.tax.minor, totals.total.minor) == (3998, 330 + 41, 3998 + 500 + 371)


def test_where_prices_include_tax_the_total_is_what_the_shelf_says() -> None:
    totals = calculate([line(1200)], currency="USD", rules=FRANCE, shipping=shipping(600))
    assert (totals.tax.minor, totals.total.minor) == (200 + 100, 1800)


def test_each_class_has_its_own_rate() -> None:
    totals = calculate([line(1055, tax_class="reduced"), line(500, tax_class="zero")], currency="USD", rules=FRANCE)
    assert [one.tax.minor for one in totals.lines] == [55, 0]


def test_tax_is_rounded_half_up_on_each_line() -> None:
    assert tax_on(Money(10, "USD"), Decimal("0.05"), included=False).minor == 1
    assert tax_on(Money(9, "USD"), Decimal("0.05"), included=False).minor == 0


def test_included_tax_that_ends_on_a_half_is_rounded_up() -> None:
    # 0.12 / 1.12 has no end as a decimal: cut off first, 14 x 3/28 would fall short of 1.5.
    assert tax_on(Money(14, "USD"), Decimal("0.12"), included=True).minor == 2


@given(st.integers(0, 10**9), st.integers(0, 999))
def test_included_tax_is_the_exact_fraction_rounded_half_up(minor: int, per_mille: int) -> None:
    exact = Fraction(minor * per_mille, 1000 + per_mille)
    assert tax_on(Money(minor, "USD"), Decimal(per_mille) / 1000, included=True).minor == floor(exact + Fraction(1, 2))


def test_the_steps_tell_how_the_total_came_about() -> None:
    totals = calculate([line(1999, 2)], currency="USD", rules=US, shipping=shipping(500))
    assert [(step.code, step.amount.minor) for step in totals.steps] == [
        ("subtotal", 3998),
        ("shipping", 500),
        ("tax_added", 371),
    ]


def test_a_line_keeps_the_steps_of_its_price() -> None:
    [priced] = calculate([line(1999, 2)], currency="USD", rules=US).lines
    assert [step.code for step in priced.steps] == ["list_price", "tax_added"]
    assert priced.steps[1].as_dict()["detail"] == {"zone": "United States", "rate": "0.0825"}


def test_nothing_costs_nothing() -> None:
    assert calculate([], currency="TND").total == Money(0, "TND")


@given(
    lines=st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10_000)), max_size=8),
    charge=st.integers(0, 10**6),
    rules=st.sampled_from([US, FRANCE]),
)
def test_the_steps_of_any_cart_sum_to_its_total(lines: list[tuple[int, int]], charge: int, rules: TaxRules) -> None:
    inputs = [line(price, quantity, key=str(index)) for index, (price, quantity) in enumerate(lines)]
    totals = calculate(inputs, currency="USD", rules=rules, shipping=shipping(charge))
    added = [step.amount for step in totals.steps if step.code != "tax_included"]
    assert total(added, "USD") == totals.total


@pytest.mark.django_db
def test_a_zone_is_found_by_country() -> None:
    TaxRateFactory()
    TaxRateFactory(zone=InclusiveZone(), rate="0.2", name="TVA")
    assert tax_rules_for("FR").prices_include_tax
    assert tax_rules_for("US").rate("standard") == Decimal("0.0825")
    assert tax_rules_for("JP").rate("standard") == 0


@pytest.mark.django_db
def test_a_rate_of_a_hundred_percent_or_more_is_a_typing_error() -> None:
    with pytest.raises(IntegrityError):
        TaxRateFactory(zone=TaxZoneFactory(), rate="8.25")
