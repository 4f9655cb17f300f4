"""Countries by their ISO 3166-1 alpha-2 codes, named in the reader's language from CLDR."""

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

# CLDR also lists groupings and private codes, which no parcel can be sent to.
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"})
CODES = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code.isalpha() and code.isupper() and code not in _NO_COUNTRY
)


@lru_cache
def names(language: str) -> dict[str, str]:
    """Country names in a language, ordered by name."""
    territories = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    return dict(sorted(((code, territories.get(code, code)) for code in CODES), key=lambda pair: pair[1]))


def choices() -> list[tuple[str, str]]:
    """(code, name) pairs in the active language, for a form's select."""
    return list(names(get_language() or "en").items())


def name(code: str) -> str:
    """The country's name in the active language, or the code itself if it is unknown."""
    return names(get_language() or "en").get(code, code)
