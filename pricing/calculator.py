"""The one calculator of totals: subtotal, tax by zone, shipping. Pure, in whole minor units; see docs/pricing.md.

Each step takes the draft and adds its part to it, together with a row that explains the part to a person.
Every tax amount is rounded half-up on its own line, so that the sum of what is printed is what is charged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.money import Money, total


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
class LineInput:
    """What is to be priced: so many units at a listed unit price."""

    key: str
    unit_price: Money
    quantity: int
    tax_class: str


@dataclass(frozen=True, slots=True)
class ShippingInput:
    """The chosen method's charge, in the same price mode as the lines."""

    label: str
    charge: Money
    tax_class: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation: a code, the amount it brought, and what it was computed from."""

    code: str
    amount: Money
    detail: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The step in plain JSON types, as order lines keep it."""
        return {
            "code": self.code,
            "minor": self.amount.minor,
            "currency": self.amount.currency,
            "detail": self.detail,
        }


@dataclass(slots=True)
class LineTotals:
    """A priced line. `total` is what it adds to the subtotal; tax is inside of it or comes on top by zone."""

    key: str
    unit_price: Money
    quantity: int
    tax_class: str
    subtotal: Money
    discount: Money
    tax_rate: Decimal
    tax: Money
    steps: list[Step]

    @property
    def total(self) -> Money:
        return self.subtotal - self.discount


@dataclass(slots=True)
class Totals:
    """The whole: total = subtotal − discount + shipping (+ tax where prices exclude it)."""

    currency: str
    rules: TaxRules
    lines: list[LineTotals]
    shipping: Money
    shipping_tax: Money
    steps: list[Step]

    @property
    def subtotal(self) -> Money:
        return total((line.subtotal for line in self.lines), self.currency)

    @property
    def discount(self) -> Money:
        return total((line.discount for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        return total((line.tax for line in self.lines), self.currency) + self.shipping_tax

    @property
    def prices_include_tax(self) -> bool:
        return self.rules.prices_include_tax

    @property
    def total(self) -> Money:
        net = self.subtotal - self.discount + self.shipping
        return net if self.rules.prices_include_tax else net + self.tax


def tax_on(amount: Money, rate: Decimal, *, included: bool) -> Money:
    """The tax inside of a gross amount, or on top of a net one, rounded half-up to the minor unit."""
    return amount.share(rate, 1 + rate) if included else amount.share(rate)


def calculate(
    lines: Sequence[LineInput], *, currency: str, rules: TaxRules = UNTAXED, shipping: ShippingInput | None = None
) -> Totals:
    """Price lines and shipping for one destination.

    Raises ValueError if a line is in another currency: callers make sure of one currency an order.
    """
    zero = Money.zero(currency)
    draft = Totals(currency, rules, [_list_price(line, zero) for line in lines], zero, zero, [])
    for step in _STEPS:
        step(draft, shipping)
    return draft


def _list_price(line: LineInput, zero: Money) -> LineTotals:
    subtotal = line.unit_price * line.quantity
    step = Step("list_price", subtotal, {"unit_price": str(line.unit_price.amount), "quantity": str(line.quantity)})
    return LineTotals(
        line.key, line.unit_price, line.quantity, line.tax_class, subtotal, zero, Decimal(0), zero, [step]
    )


def _subtotal(draft: Totals, shipping: ShippingInput | None) -> None:
    draft.steps.append(Step("subtotal", draft.subtotal))


def _shipping(draft: Totals, shipping: ShippingInput | None) -> None:
    if shipping is None:
        return
    draft.shipping = shipping.charge
    draft.steps.append(Step("shipping", shipping.charge, {"method": shipping.label}))


def _tax(draft: Totals, shipping: ShippingInput | None) -> None:
    included = draft.rules.prices_include_tax
    code = "tax_included" if included else "tax_added"
    by_rate: dict[Decimal, Money] = {}
    for line in draft.lines:
        line.tax_rate = draft.rules.rate(line.tax_class)
        line.tax = tax_on(line.total, line.tax_rate, included=included)
        line.steps.append(Step(code, line.tax, _rate_detail(draft.rules, line.tax_rate)))
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, Money.zero(draft.currency)) + line.tax
    if shipping is not None:
        rate = draft.rules.rate(shipping.tax_class)
        draft.shipping_tax = tax_on(draft.shipping, rate, included=included)
        by_rate[rate] = by_rate.get(rate, Money.zero(draft.currency)) + draft.shipping_tax
    for rate, amount in sorted(by_rate.items(), reverse=True):
        if rate:
            draft.steps.append(Step(code, amount, _rate_detail(draft.rules, rate)))


def _rate_detail(rules: TaxRules, rate: Decimal) -> dict[str, str]:
    return {"zone": rules.zone, "rate": f"{rate:f}"}


_STEPS: tuple[Callable[[Totals, ShippingInput | None], None], ...] = (_subtotal, _shipping, _tax)
