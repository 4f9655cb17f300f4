"""Amounts as the reader's language writes them."""

from copy import copy
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol
from django.utils.translation import get_language

from core.money import Money, decimals

_LEFT_TO_RIGHT, _END_OF_ISOLATE = "\u2066", "\u2069"


@lru_cache
def _pattern(language: str, places: int) -> tuple[Locale, NumberPattern]:
    locale = Locale.parse(language, sep="-")
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return locale, pattern


def money_text(value: Money) -> str:
    """An amount in the active language with all decimals of its currency and Latin digits: "12,500 DT"."""
    return _money_text(value, get_language() or "en")


@lru_cache(maxsize=4096)
def _money_text(value: Money, language: str) -> str:
    # CLDR leaves the decimals of some currencies out (IQD); ISO 4217 decides here as in every calculation.
    locale, pattern = _pattern(language, decimals(value.currency))
    text: str = pattern.apply(
        value.amount, locale, currency=value.currency, currency_digits=False, numbering_system="latn"
    )
    symbol = get_currency_symbol(value.currency, locale)
    if locale.text_direction == "rtl" and symbol.isascii():
        # Between right-to-left text "US$" would be shown as "$US".
        text = text.replace(symbol, f"{_LEFT_TO_RIGHT}{symbol}{_END_OF_ISOLATE}")
    return text
