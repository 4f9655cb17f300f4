"""Tax numbers of companies (VAT numbers), checked by the rules of their country.

The rules are python-stdnum's: shape and check digits; whether a number is in force only its tax office knows.
"""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from core.errors import InvalidInput
from core.i18n import countries
from core.text.codes import bare_code

LONGEST = 32
# Where stdnum knows the number by another name than VAT.
_OTHER_NAMES = ("vat", "tin")
_ANY = re.compile(r"[A-Z0-9]{4,20}")


def settled_tax_id(text: str, *, country: str) -> str:
    """Return a tax number as it is kept: capital letters and digits, in the EU with the country's prefix.

    `country` is that of the invoice address. Empty stays empty. Raises InvalidInput for the field `tax_id`.
    """
    bare = bare_code(text).upper()
    if not text.strip():
        return ""
    if not bare.isascii() or not bare or len(bare) > LONGEST:
        raise _refused(country)
    if _is_european(country) or (country == "GB" and bare.startswith("XI")):
        return _european(bare, country)
    rules = _rules_of(country)
    if rules is None:
        if not _ANY.fullmatch(bare):
            raise _refused(country)
        return bare
    try:
        return bare_code(rules.validate(bare)).upper()
    except ValidationError as error:
        raise _refused(country) from error


def _is_european(country: str) -> bool:
    return country.lower() in eu_vat.MEMBER_STATES


def _european(bare: str, country: str) -> str:
    """Numbers of the EU begin with their country, which Greece spells EL and Northern Ireland XI."""
    prefix = {"GR": "EL", "GB": "XI"}.get(country, country)
    number = bare if bare.startswith((prefix, country)) else prefix + bare
    number = prefix + number[2:]
    if not eu_vat.is_valid(number):
        # What begins with the country's letters may be the number itself, as Spain's "ES…" cannot, but Ireland's may.
        number = prefix + bare
    if not eu_vat.is_valid(number):
        raise _refused(country)
    return str(eu_vat.compact(number))


def _rules_of(country: str) -> Any:
    return next((found for name in _OTHER_NAMES if (found := get_cc_module(country.lower(), name))), None)


def _refused(country: str) -> InvalidInput:
    message = _("This is not a tax number of this country: %(country)s. Check it, or change the invoice address.")
    return InvalidInput(message % {"country": countries.name(country)}, code="invalid_tax_id", field="tax_id")
