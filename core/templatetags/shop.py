"""Template filters of the storefront: money, countries and page numbers as the shopper's language writes them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import NumberPattern, format_percent
from django import template
from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core import countries
from core.money import Money, decimals

register = template.Library()


@lru_cache
def _pattern(language: str) -> tuple[Locale, NumberPattern]:
    locale = Locale.parse(language, sep="-")
    return locale, locale.currency_formats["standard"]


def money_text(value: Money) -> str:
    """An amount in the active language with all decimals of its currency and Latin digits: "12,500 DT"."""
    locale, pattern = _pattern(get_language() or "en")
    # CLDR leaves the decimals of some currencies out (IQD); ISO 4217 decides here as in every calculation.
    places = decimals(value.currency)
    return pattern.apply(
        value.amount,
        locale,
        currency=value.currency,
        currency_digits=False,
        force_frac=(places, places),
        numbering_system="latn",
    )


@register.filter
def money(value: Money | None) -> SafeString | str:
    """`money_text` isolated from the direction of the text around it; empty for no amount."""
    if value is None:
        return ""
    return format_html("<bdi>{}</bdi>", money_text(value))


@register.filter
def country(code: str) -> str:
    """The name of a country in the active language."""
    return countries.name(code)


@register.filter
def page_range(page: Page) -> list[int | str]:
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
    return format_percent(Decimal(rate), format="#,##0.##%", locale=locale, numbering_system="latn")
