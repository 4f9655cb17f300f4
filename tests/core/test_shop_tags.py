"""Money, rates and page numbers as templates write them."""

from datetime import UTC, datetime

import pytest
from django.core.paginator import Paginator
from django.utils import translation
from django.utils.formats import date_format

from core.i18n.money_format import money_text
from core.money import Money
from core.templatetags.shop import country, money, page_range, percent, step_amount


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 123450, "USD", "$1,234.50"),
        ("en", 1234, "JPY", "¥1,234"),
        ("en", 99900, "TND", "TND99.900"),
        ("fr", 123450, "EUR", "1\u202f234,50\xa0€"),
        ("fr", 99900, "TND", "99,900\xa0TND"),
        ("ar", 99900, "TND", "\u200f99.900\xa0د.ت.\u200f"),
        ("en", -500, "EUR", "-€5.00"),
        # CLDR would drop the decimals of the Iraqi dinar; ISO 4217 has three.
        ("en", 1500, "IQD", "IQD1.500"),
    ],
)
def test_money_is_written_as_the_language_does_with_all_decimals_of_its_currency(
    language: str, minor: int, currency: str, text: str
) -> None:
    with translation.override(language):
        assert money_text(Money(minor, currency)) == text


def test_a_latin_symbol_keeps_its_order_between_arabic_words() -> None:
    with translation.override("ar"):
        assert money_text(Money(1999, "USD")) == "\u200f19.99\xa0\u2066US$\u2069"


def test_money_is_isolated_from_the_direction_of_its_surroundings() -> None:
    with translation.override("en"):
        assert money(Money(1999, "USD")) == '<bdi class="money">$19.99</bdi>'


def test_no_amount_is_shown_as_nothing() -> None:
    assert money(None) == ""


def test_a_step_that_an_order_kept_is_read_like_a_fresh_one() -> None:
    assert step_amount({"code": "shipping", "minor": 500, "currency": "EUR", "detail": {}}) == Money(500, "EUR")


@pytest.mark.parametrize(("language", "text"), [("en", "5.5%"), ("fr", "5,5\xa0%"), ("ar", "5.5%")])
def test_a_rate_is_written_as_a_percentage(language: str, text: str) -> None:
    with translation.override(language):
        assert percent("0.055") == text


def test_a_country_is_named_in_the_active_language() -> None:
    with translation.override("fr"):
        assert country("TN") == "Tunisie"


def test_far_pages_are_folded_into_an_ellipsis() -> None:
    assert page_range(Paginator(range(100), 10).page(5)) == [1, "…", 4, 5, 6, "…", 10]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "March 4, 2026, 2:30 p.m."), ("fr", "4 mars 2026 14:30"), ("ar", "4 مارس، 2026، 2:30 م")],
)
def test_a_moment_is_written_as_the_language_writes_dates(language: str, text: str) -> None:
    with translation.override(language):
        assert date_format(datetime(2026, 3, 4, 14, 30, tzinfo=UTC), "DATETIME_FORMAT") == text
