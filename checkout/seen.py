"""The review page as the shopper saw it when they ordered, and the changes since."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from checkout.lines import WantedLine
from checkout.selectors import Quote
from core.i18n.money_format import money_text
from core.money import Money


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line as it was shown: units, price in minor units, name."""

    units: int
    price: int
    name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A review page: its lines by variant, and the details of the checkout."""

    lines: dict[str, SeenLine]
    addresses: str
    method: str
    provider: str

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Return what the page of a quote shows."""
        details = quote.details
        addresses = [one.as_dict() if one else None for one in (details.shipping_address, details.billing_address)]
        text = json.dumps([details.email, details.tax_id, *addresses], sort_keys=True)
        return cls(
            lines={str(one.line.variant.pk): _seen_line(one.line) for one in quote.lines},
            addresses=hashlib.sha256(text.encode()).hexdigest()[:16],
            method=details.shipping_method,
            provider=details.payment_provider,
        )

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse what a page sent back; None if that cannot be read."""
        try:
            lines, addresses, method, provider = json.loads(text)
            read = {
                str(key): SeenLine(int(units), int(price), str(name)) for key, (units, price, name) in lines.items()
            }
        except (ValueError, TypeError, AttributeError):
            return None
        return cls(read, str(addresses), str(method), str(provider))

    def written(self) -> str:
        """Return the text that `read` parses."""
        lines = {key: [line.units, line.price, line.name] for key, line in self.lines.items()}
        return json.dumps([lines, self.addresses, self.method, self.provider], ensure_ascii=False)

    @property
    def choices(self) -> tuple[Any, ...]:
        """Everything that the shopper chooses: all but prices."""
        units = {key: line.units for key, line in self.lines.items()}
        return units, self.addresses, self.method, self.provider


def changes_since(seen: Seen, quote: Quote) -> list[str]:
    """A sentence for each thing that is not as it was seen, in the active language."""
    now = Seen.of(quote)
    keys = [*seen.lines, *(key for key in now.lines if key not in seen.lines)]
    found = [_line_change(seen.lines.get(key), now.lines.get(key), quote.currency) for key in keys]
    if seen.addresses != now.addresses:
        found.append(_("The address was changed."))
    if seen.method != now.method and quote.method:
        found.append(_("The delivery was changed to: %(name)s") % {"name": quote.method.name})
    if seen.provider != now.provider and quote.provider:
        found.append(_("The payment was changed to: %(name)s") % {"name": quote.provider.label})
    return [sentence for sentence in found if sentence]


def _seen_line(line: WantedLine) -> SeenLine:
    label = line.variant.options_label
    name = line.variant.product.name
    return SeenLine(line.quantity, line.unit_price.minor, f"{name} ({label})" if label else name)


def _line_change(before: SeenLine | None, now: SeenLine | None, currency: str) -> str:
    if before is None or now is None:
        sentence = _("%(name)s was added.") if before is None else _("%(name)s was taken out.")
        one = now or before
        return sentence % {"name": one.name if one else ""}
    if before.units != now.units:
        numbers = {"name": now.name, "old": before.units, "new": now.units}
        return _("%(name)s: the quantity was %(old)s and is %(new)s now.") % numbers
    if before.price != now.price:
        old, new = (money_text(Money(one.price, currency)) for one in (before, now))
        return _("%(name)s: the price was %(old)s and is %(new)s now.") % {"name": now.name, "old": old, "new": new}
    return ""
