"""ISO 4217, list one (2026): how many decimals each currency's minor unit has, and their names from CLDR."""

from functools import lru_cache

from babel import Locale
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from core.fast.process_cache import ProcessCache
from core.registry import souk_apps

# fmt: off
_NONE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF", "XPF",
)
_TWO = (
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP",
    "COU", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD",
    "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD",
    "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
    "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR",
    "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG",
    "YER", "ZAR", "ZMW", "ZWG",
)
_THREE = (
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
)
_FOUR = (
    "CLF", "UYW",
)
# fmt: on

DECIMALS: dict[str, int] = {
    **dict.fromkeys(_NONE, 0),
    **dict.fromkeys(_TWO, 2),
    **dict.fromkeys(_THREE, 3),
    **dict.fromkeys(_FOUR, 4),
}


_sold: ProcessCache[list[str]] = ProcessCache()


@lru_cache
def _named(language: str) -> list[tuple[str, str]]:
    names = {str(code): str(name) for code, name in Locale.parse(language).currencies.items()}
    # Not a currency of CLDR's, a very new one, say: its code is its name.
    return sorted(((code, f"{names.get(code, code)} ({code})") for code in DECIMALS), key=lambda pair: pair[1])


def sold_currencies() -> list[str]:
    """The codes of the currencies that something of the shop is sold in, its own among them.

    Apps that sell name a function in their AppConfig, as `sold_currencies`; what they answer is kept for a minute.
    """
    return _sold.get(settings.SHOP_CURRENCY, _ask_sellers)


def sold_choices() -> list[tuple[str, str]]:
    """(code, name) pairs of sold_currencies() in the active language, for a select; the first one is no choice."""
    sold = set(sold_currencies())
    return [("", "–"), *(pair for pair in _named(get_language() or "en") if pair[0] in sold)]


def _ask_sellers() -> list[str]:
    sellers = [app.sold_currencies for app in souk_apps() if app.sold_currencies]
    found = {code for path in sellers for code in import_string(path)()}
    return sorted(found | {settings.SHOP_CURRENCY})
