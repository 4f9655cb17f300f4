"""Everything that prices depend on, as plain data: whoever wants a price gathers it, the calculator's steps read it.

Nothing here is looked up, so a cart, a list of items and an order that staff changes are priced by the same steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.money import Money
from pricing.adjustments import Adjustment
from pricing.destinations import Destination


@dataclass(frozen=True, slots=True)
class TaxRules:
    """How a destination is taxed: fractions by tax class, and whether listed prices include the tax."""

    zone: str
    prices_include_tax: bool
    rates: Mapping[str, Decimal]

    def rate(self, tax_class: str) -> Decimal:
        return self.rates.get(tax_class, Decimal(0))


UNTAXED = TaxRules(zone="", prices_include_tax=False, rates={})


@dataclass(frozen=True, slots=True)
class PricingLine:
    """So many units at a unit price, today's or agreed; with an agreed tax rate its tax class does not matter."""

    key: str
    unit_price: Money
    quantity: int
    tax_class: str
    agreed_tax_rate: Decimal | None = None

    def tax_rate(self, rules: TaxRules) -> Decimal:
        return rules.rate(self.tax_class) if self.agreed_tax_rate is None else self.agreed_tax_rate


@dataclass(frozen=True, slots=True)
class Audience:
    """Buyers who are shown the same prices."""

    currency: str


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """The buyer as prices know them; a guest has no customer."""

    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ShippingRate:
    """A method's charge today, in the same price mode as the lines; nothing from the subtotal `free_from` on."""

    code: str
    label: str
    price: Money
    tax_class: str
    free_from: Money | None = None

    def charge_for(self, goods: Money) -> Money:
        """Return the charge for goods of this value, discounts taken off."""
        if self.free_from is not None and goods.minor >= self.free_from.minor:
            return Money.zero(goods.currency)
        return self.price


@dataclass(frozen=True, slots=True)
class AgreedShipping:
    """The charge and the tax rate that an order has agreed on, for goods of which value; before discounts on it."""

    label: str
    charge: Money
    tax_rate: Decimal
    goods: Money


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of the methods that are offered, the code of the chosen one, and what was agreed of it before."""

    rates: tuple[ShippingRate, ...] = ()
    chosen: str = ""
    agreed: AgreedShipping | None = None

    @property
    def rate(self) -> ShippingRate | None:
        """Return the chosen method's rate; None if there is no such method on offer."""
        return next((rate for rate in self.rates if rate.code == self.chosen), None) if self.chosen else None

    def still_agreed(self, goods: Money) -> AgreedShipping | None:
        """Return what was agreed, unless the method charges these goods differently than those it was agreed for."""
        rate = self.rate
        if self.agreed is None or rate is None:
            return self.agreed
        return self.agreed if rate.charge_for(goods) == rate.charge_for(self.agreed.goods) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingContext:
    """What is to be priced, for whom, whereto and when.

    `adjustments` are those that were agreed before. All amounts are in one currency, of which callers make sure.
    """

    currency: str
    lines: tuple[PricingLine, ...]
    buyer: BuyerFacts
    destination: Destination
    taxes: TaxRules
    now: datetime
    shipping: RateTable = RateTable()
    adjustments: tuple[Adjustment, ...] = ()
