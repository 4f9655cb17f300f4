"""The calculator: every step explained, every unit accounted for."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, total
from pricing.adjustments import Adjustment, AdjustmentKind, AdjustmentSource
from pricing.calculator import Totals, calculate, tax_on
from pricing.context import (
    AgreedShipping,
    BuyerFacts,
    PricingContext,
    PricingLine,
    RateTable,
    ShippingRate,
    TaxRules,
)
from pricing.destinations import Destination
from pricing.selectors import tax_rules_for
from tests.factories.pricing import InclusiveZone, TaxRateFactory, TaxZoneFactory

US = TaxRules("United States", prices_include_tax=False, rates={"standard": Decimal("0.0825")})
FRANCE = TaxRules("France", prices_include_tax=True, rates={"standard": Decimal("0.2"), "reduced": Decimal("0.055")})


def line(price: int, quantity: int = 1, tax_class: str = "standard", key: str = "a") -> PricingLine:
    return PricingLine(key, Money(price, "USD"), quantity, tax_class)


def shipping(charge: int, free_from: int | None = None) -> RateTable:
    threshold = None if free_from is None else Money(free_from, "USD")
    return RateTable((ShippingRate("standard", "Standard", Money(charge, "USD"), "standard", threshold),), "standard")


def price(*lines: PricingLine, rules: TaxRules = US, **options: Any) -> Totals:
    """Totals of lines in dollars; for other currencies there are contexts."""
    context = PricingContext(
        currency="USD",
        lines=lines,
        buyer=BuyerFacts(),
        destination=Destination(country="US"),
        taxes=rules,
        now=datetime(2026, 1, 5, tzinfo=UTC),
    )
    return calculate(replace(context, **options))


def off(amount: int, *, units: int, line: str = "a") -> Adjustment:
    """An amount that was agreed to be taken off so many units of a line."""
    return Adjustment(
        kind=AdjustmentKind.DISCOUNT,
        source=AdjustmentSource.MANUAL,
        code="manual",
        amount=Money(amount, "USD"),
        line=line,
        units=units,
    )


def off_shipping(amount: int) -> Adjustment:
    return replace(off(amount, units=1), kind=AdjustmentKind.SHIPPING_DISCOUNT, line=None, units=None)


def test_where_prices_exclude_tax_it_comes_on_top() -> None:
    totals = price(line(1999, 2), shipping=shipping(500))
    assert (totals.subtotal.minor, totals.tax.minor, totals.total.minor) == (3998, 330 + 41, 3998 + 500 + 371)


def test_where_prices_include_tax_the_total_is_what_the_shelf_says() -> None:
    totals = price(line(1200), rules=FRANCE, shipping=shipping(600))
    assert (totals.tax.minor, totals.total.minor) == (200 + 100, 1800)


def test_each_class_has_its_own_rate() -> None:
    totals = price(line(1055, tax_class="reduced"), line(500, tax_class="zero"), rules=FRANCE)
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
    totals = price(line(1999, 2), shipping=shipping(500))
    assert [(step.code, step.amount.minor) for step in totals.steps] == [
        ("subtotal", 3998),
        ("shipping", 500),
        ("tax_added", 371),
    ]


def test_a_line_keeps_the_steps_of_its_price() -> None:
    [priced] = price(line(1999, 2)).lines
    assert [step.code for step in priced.steps] == ["list_price", "tax_added"]
    assert priced.steps[1].as_dict()["detail"] == {"zone": "United States", "rate": "0.0825"}


def test_nothing_costs_nothing() -> None:
    assert price(currency="TND").total == Money(0, "TND")


def test_a_discount_comes_off_the_line_and_its_tax_follows() -> None:
    totals = price(line(1000, 3), line(500, key="b"), adjustments=(off(300, units=3),))
    assert [(one.discount.minor, one.total.minor, one.tax.minor) for one in totals.lines] == [
        (300, 2700, 223),
        (0, 500, 41),
    ]
    assert (totals.subtotal.minor, totals.discount.minor, totals.total.minor) == (3500, 300, 3200 + 264)
    assert [(step.code, step.amount.minor) for step in totals.steps[:2]] == [("subtotal", 3500), ("discount", -300)]


def test_shipping_is_charged_for_the_goods_after_discounts() -> None:
    free = price(line(5000), shipping=shipping(500, free_from=5000))
    charged = price(line(5000), shipping=shipping(500, free_from=5000), adjustments=(off(1, units=1),))
    assert (free.shipping.minor, charged.shipping.minor) == (0, 500)


@pytest.mark.parametrize(("units", "discount"), [(6, 100), (3, 100), (2, 67), (1, 33)])
def test_an_agreed_discount_follows_its_units_down_and_not_up(units: int, discount: int) -> None:
    totals = price(line(1000, units), adjustments=(off(100, units=3),))
    assert totals.discount.minor == discount
    assert [one.units for one in totals.adjustments] == [min(units, 3)]


def test_a_discount_takes_no_more_than_the_line_costs_and_none_off_a_line_that_is_gone() -> None:
    totals = price(line(100), adjustments=(off(80, units=1), off(80, units=1), off(80, units=1, line="gone")))
    assert [one.amount.minor for one in totals.adjustments] == [80, 20]
    assert totals.total.minor == 0


def test_a_discount_on_shipping_lowers_its_charge_and_its_tax() -> None:
    totals = price(line(1000), shipping=shipping(500), adjustments=(off_shipping(200),))
    assert (totals.shipping.minor, totals.shipping_tax.minor, totals.discount.minor) == (300, 25, 0)
    assert [(step.code, step.amount.minor) for step in totals.steps if "shipping" in step.code] == [
        ("shipping", 500),
        ("shipping_discount", -200),
    ]


def test_an_agreed_tax_rate_stays_whatever_the_zone_says() -> None:
    agreed = replace(line(1000), agreed_tax_rate=Decimal("0.1"))
    assert [one.tax.minor for one in price(agreed, line(1000, key="b")).lines] == [100, 83]


def test_agreed_shipping_stays_until_its_method_charges_the_goods_differently() -> None:
    table = shipping(500, free_from=5000)
    agreed = AgreedShipping("Standard", Money(400, "USD"), Decimal("0.1"), Money(1000, "USD"))
    stays = price(line(2000), shipping=replace(table, agreed=agreed))
    changes = price(line(6000), shipping=replace(table, agreed=agreed))
    assert (stays.shipping.minor, stays.shipping_tax.minor, changes.shipping.minor) == (400, 40, 0)


_LINES = st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10_000), st.booleans()), max_size=8)
_DISCOUNTS = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 10**12), st.integers(1, 10_000)), max_size=12)


_SHIPPING = st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 10**10), st.integers(0, 10**6))


@given(lines=_LINES, discounts=_DISCOUNTS, sending=_SHIPPING, rules=st.sampled_from([US, FRANCE]))
def test_the_parts_of_any_cart_add_up(
    lines: list[tuple[int, int, bool]],
    discounts: list[tuple[int, int, int]],
    sending: tuple[int, int | None, int],
    rules: TaxRules,
) -> None:
    charge, free_from, off_charge = sending
    priced = [
        replace(line(amount, units, key=str(index)), agreed_tax_rate=Decimal("0.07") if is_agreed else None)
        for index, (amount, units, is_agreed) in enumerate(lines)
    ]
    agreed = [off(amount, units=units, line=str(index)) for index, amount, units in discounts]
    totals = price(
        *priced, rules=rules, shipping=shipping(charge, free_from), adjustments=(*agreed, off_shipping(off_charge))
    )

    added = [step.amount for step in totals.steps if step.code != "tax_included"]
    assert total(added, "USD") == totals.total
    on_top = total((), "USD") if rules.prices_include_tax else totals.tax
    assert totals.total == totals.subtotal - totals.discount + totals.shipping + on_top
    for one in totals.lines:
        taken = [each for each in totals.adjustments if each.line == one.key]
        assert one.discount == total((each.amount for each in taken), "USD")
        assert one.total == total((step.amount for step in one.steps if not step.code.startswith("tax")), "USD")
        assert 0 <= one.total.minor <= one.subtotal.minor
        assert one.tax == tax_on(one.total, one.tax_rate, included=rules.prices_include_tax)
    assert totals.tax == total((one.tax for one in totals.lines), "USD") + totals.shipping_tax
    is_free = free_from is not None and totals.goods.minor >= free_from
    assert totals.shipping.minor == max((0 if is_free else charge) - off_charge, 0)


@pytest.mark.django_db
def test_a_zone_is_found_by_country() -> None:
    TaxRateFactory()
    TaxRateFactory(zone=InclusiveZone(), rate="0.2", name="TVA")
    assert tax_rules_for(Destination(country="FR")).prices_include_tax
    assert tax_rules_for(Destination(country="US")).rate("standard") == Decimal("0.0825")
    assert tax_rules_for(Destination(country="JP")).rate("standard") == 0


@pytest.mark.django_db
def test_a_rate_of_a_hundred_percent_or_more_is_a_typing_error() -> None:
    with pytest.raises(IntegrityError):
        TaxRateFactory(zone=TaxZoneFactory(), rate="8.25")
