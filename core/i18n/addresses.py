"""A postal address as a value: orders keep a copy, carts keep what was typed so far."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.i18n import countries
from core.i18n.address_rules import address_rules
from core.text.cleaning import one_line, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """Where something goes. `country` is an ISO 3166-1 alpha-2 code, the rest is text as people write it."""

    full_name: str
    line1: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None, *, field: str = "shipping_address") -> Self:
        """Read an address, stored or received, part by part as lines. Raises InvalidInput naming what is missing."""
        known = {f.name for f in fields(cls)}
        values = {key: one_line(visible(str(value or ""))) for key, value in (data or {}).items() if key in known}
        for required in ("full_name", "line1", "city", "country"):
            if not values.get(required):
                raise InvalidInput(_("This field is required."), code="address_incomplete", field=f"{field}.{required}")
        values["country"] = values["country"].upper()
        if values["country"] not in countries.CODES:
            message = _("Not the two-letter code of a country.")
            raise InvalidInput(message, code="unknown_country", field=f"{field}.country")
        return cls(**values)

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The address as printed on a label in its country, without empty lines, the country as its code."""
        return [*address_rules(self.country).lines(self.as_dict()), self.country]
