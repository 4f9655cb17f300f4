"""The place that an order goes to, as far as taxes look at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.i18n.address_rules import region_code
from core.text.codes import bare_code


@dataclass(frozen=True, slots=True)
class Destination:
    """A country (ISO 3166-1 alpha-2), its region by the code that addresses keep, and the bare postal code.

    Region and postal code are empty where they are not known.
    """

    country: str
    region: str = ""
    postal_code: str = ""

    @classmethod
    def of(cls, address: Mapping[str, Any]) -> Self:
        """Return where an address lies, whatever way its region and postal code were typed. Runs no query."""
        country = str(address.get("country") or "").upper()
        return cls(
            country, region_code(country, str(address.get("region") or "")), postal_key(address.get("postal_code"))
        )


def postal_key(text: str | None) -> str:
    """Return the capital letters and digits of a postal code, as prefixes are compared with it."""
    return bare_code(text or "").upper()
