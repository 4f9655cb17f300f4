"""The details of a checkout as a value: pages and API make it, carts store it, orders are placed with it."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

from core.i18n.addresses import PostalAddress

CHECKOUT_FIELDS = ("email", "shipping_address", "billing_address", "tax_id", "shipping_method", "payment_provider")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutDetails:
    """E-mail, addresses, tax number, codes of shipping method and payment provider; empty where nothing was chosen.

    Without an invoice address of its own, the delivery address is meant. `given` names the fields that are to be
    applied; the others stay as they are.
    """

    email: str = ""
    shipping_address: PostalAddress | None = None
    billing_address: PostalAddress | None = None
    tax_id: str = ""
    shipping_method: str = ""
    payment_provider: str = ""
    given: frozenset[str] = frozenset(CHECKOUT_FIELDS)

    @property
    def invoice_address(self) -> PostalAddress | None:
        """The invoice address: the delivery address unless another is given."""
        return self.billing_address or self.shipping_address

    @classmethod
    def only(cls, **values: Any) -> Self:
        """Make details of which these fields are given. Raises TypeError for a field that a checkout does not have."""
        return cls(**values, given=frozenset(values))

    def with_default_email(self, email: str | None) -> Self:
        """Return the same with this address, unless one is given or there is none."""
        return self if not email or "email" in self.given else replace(self, email=email, given=self.given | {"email"})

    def columns(self) -> dict[str, Any]:
        """Return the given fields as a cart's columns keep them: addresses as plain dictionaries."""
        return {name: _plain(getattr(self, name)) for name in CHECKOUT_FIELDS if name in self.given}


def stored_address(stored: dict[str, Any] | None) -> PostalAddress | None:
    """Read an address as it was stored, complete or not; None if there is none."""
    if not stored:
        return None
    values = {field.name: str(stored.get(field.name) or "") for field in fields(PostalAddress)}
    return PostalAddress(**values)


def _plain(value: PostalAddress | str | None) -> dict[str, str] | str | None:
    return value.as_dict() if isinstance(value, PostalAddress) else value
