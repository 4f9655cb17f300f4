"""Template filters of the storefront: money, countries and page numbers as the shopper's language writes them."""

from collections.abc import Mapping
from copy import copy
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol
from django import template
from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core import countries
from core.money import Money, decimals

register = template.Library()

_LEFT_TO_RIGHT, _END_OF_ISOLATE = "\u2066", "\u2069"


@lru_cache
def _pattern(language: str, places: int) -> tuple[Locale, NumberPattern]:
    locale = Locale.parse(language, sep="-")
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return locale, pattern


def money_text(value: Money) -> str:
    """An amount in the active language with all decimals of its currency and Latin digits: "12,500 DT"."""
    # CLDR leaves the decimals of some currencies out (IQD); ISO 4217 decides here as in every calculation.
    locale, pattern = _pattern(get_language() or "en", decimals(value.currency))
    text: str = pattern.apply(
        value.amount, locale, currency=value.currency, currency_digits=False, numbering_system="latn"
    )
    symbol = get_currency_symbol(value.currency, locale)
    if locale.text_direction == "rtl" and symbol.isascii():
        # Between right-to-left text "US$" would be shown as "$US".
        text = text.replace(symbol, f"{_LEFT_TO_RIGHT}{symbol}{_END_OF_ISOLATE}")
    return text


@register.filter
def money(value: Money | None) -> SafeString | str:
    """`money_text` isolated from the direction of the text around it; empty for no amount."""
    if value is None:
        return ""
    return format_html('<bdi class="money">{}</bdi>', money_text(value))


@register.filter
def country(code: str) -> str:
    """The name of a country in the active language."""
    return countries.name(code)


@register.filter
def page_range(page: "Page[Any]") -> list[int | str]:
    """The page numbers to offer, far ones folded into an ellipsis."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def step_amount(step: Any) -> Money:
    """The amount of a pricing step, fresh from the calculator or as an order keeps it."""
    if isinstance(step, Mapping):
        return Money(step["minor"], step["currency"])
    amount: Money = step.amount
    return amount


@register.filter
def percent(rate: Decimal | str) -> str:
    """A fraction as a percentage of the active language: 0.055 is "5.5%"."""
    locale = Locale.parse(get_language() or "en", sep="-")
    pattern = copy(locale.percent_formats[None])
    pattern.frac_prec = (0, 2)
    text: str = pattern.apply(Decimal(rate), locale, numbering_system="latn")
    return text
