"""Areas that a tax zone claims: a country, one of its regions, or the postal codes that begin alike."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.i18n import countries
from core.i18n.address_rules import address_rules, region_code
from pricing.destinations import postal_key

LONGEST_PREFIX = 10


@dataclass(frozen=True, slots=True)
class Area:
    """A country, or of it one region or the postal codes with a prefix; never both, as a prefix is the finer one."""

    country: str
    region: str = ""
    postal_prefix: str = ""

    @classmethod
    def read(cls, *, country: str, region: str = "", postal_prefix: str = "") -> Self:
        """Return the area that people wrote, with the code of its region. Raises InvalidInput naming the field."""
        country = country.strip().upper()
        if country not in countries.CODES:
            raise InvalidInput(_("Not the two-letter code of a country."), code="unknown_country", field="country")
        if region.strip() and postal_prefix.strip():
            message = _("Give a region or the beginning of postal codes, not both.")
            raise InvalidInput(message, code="region_and_prefix", field="postal_prefix")
        return cls(country, _read_region(country, region.strip()), _read_prefix(country, postal_prefix.strip()))

    @property
    def is_country(self) -> bool:
        """Whether it is the whole country."""
        return not self.region and not self.postal_prefix

    def __str__(self) -> str:
        name = countries.name(self.country)
        if self.postal_prefix:
            return f"{name} {self.postal_prefix}…"
        return f"{name}, {_region_name(self.country, self.region)}" if self.region else name


def _region_name(country: str, code: str) -> str:
    region = address_rules(country).region(code)
    return region.label("en") if region else code


def _read_region(country: str, text: str) -> str:
    if not text:
        return ""
    if code := region_code(country, text):
        return code
    regions = address_rules(country).regions
    named = {"country": countries.name(country), "region": text}
    if not regions:
        message = _("Addresses in %(country)s name no region. Use the beginning of postal codes.")
        raise InvalidInput(message % named, code="unknown_region", field="region")
    example = f"{regions[0].label('en')}, {regions[0].code}"
    unknown = _("%(country)s has no region “%(region)s”. Write a name or a code, such as %(example)s.")
    raise InvalidInput(unknown % (named | {"example": example}), code="unknown_region", field="region")


def _read_prefix(country: str, text: str) -> str:
    if not text:
        return ""
    prefix = postal_key(text)
    if "postal_code" not in address_rules(country).parts:
        message = _("Addresses in %(country)s have no postal code.") % {"country": countries.name(country)}
        raise InvalidInput(message, code="no_postal_codes", field="postal_prefix")
    if not prefix.isascii() or not prefix.isalnum() or len(prefix) > LONGEST_PREFIX:
        shape = _("Write the letters and digits that the postal codes begin with, %(count)d at most.")
        raise InvalidInput(shape % {"count": LONGEST_PREFIX}, code="invalid_postal_prefix", field="postal_prefix")
    return prefix
