"""Money: exact, in minor units, never silently converted, never a unit lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.i18n.currencies import DECIMALS
from core.money import Money, decimals, total

BIGINT = st.integers(-(2**62), 2**62)


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("EUR", 2), ("TND", 3), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, places: int) -> None:
    assert decimals(currency) == places


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("99.9", "TND", 99_900), ("12.34", "EUR", 1_234), ("500", "JPY", 500), ("-0.01", "USD", -1), (7, "EUR", 700)],
)
def test_a_decimal_number_is_read_exactly(text: str | int, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("value", "currency", "code"),
    [
        ("1.999", "EUR", "too_many_decimals"),
        ("0.5", "JPY", "too_many_decimals"),
        ("9.99000000000000000000000000000001", "EUR", "too_many_decimals"),
        ("1e400", "EUR", "invalid_amount"),
        ("NaN", "EUR", "invalid_amount"),
        ("Infinity", "EUR", "invalid_amount"),
        ("ten", "EUR", "invalid_amount"),
        (None, "EUR", "invalid_amount"),
        (True, "EUR", "invalid_amount"),
        (1.1, "EUR", "invalid_amount"),
        ("92233720368547758.08", "EUR", "amount_too_large"),
        ("1", "XXQ", "unknown_currency"),
    ],
)
def test_what_is_no_amount_is_refused_by_name(value: object, currency: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.parse(value, currency)
    assert refused.value.code == code


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="EUR and TND"):
        Money(1, "EUR") + Money(1, "TND")


def test_a_float_is_no_minor_unit() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "factor", "expected"), [(5, "0.5", 3), (-5, "0.5", -3), (15, "0.1", 2), (14, "0.1", 1), (0, "0.3", 0)]
)
def test_a_half_goes_away_from_zero(minor: int, factor: str, expected: int) -> None:
    assert Money(minor, "EUR").share(Decimal(factor)).minor == expected


@given(minor=BIGINT, weights=st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(sum))
def test_an_allocation_loses_no_unit_and_none_is_off_by_more_than_one(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "EUR").allocate(weights)
    assert total(parts, "EUR").minor == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)


def test_an_allocation_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(10, "EUR").allocate([0, 0])


@given(minor=BIGINT, currency=st.sampled_from(sorted(DECIMALS)))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(format(money.amount, "f"), currency) == money


def test_all_decimals_are_written() -> None:
    assert str(Money(99_900, "TND")) == "99.900 TND"
