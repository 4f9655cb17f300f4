"""The one calculator of totals: list prices, discounts, shipping, tax by zone. Pure, in whole minor units.

Each step takes the draft and the context, and adds its part to the draft together with a row that explains the part
to a person. What a step takes off is an adjustment besides. docs/pricing.md has the rules.
Every tax amount is rounded half-up on its own line, so that the sum of what is printed is what is charged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from core.money import Money, total
from pricing.adjustments import Adjustment, AdjustmentKind
from pricing.context import PricingContext, PricingLine, TaxRules


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
    """A line as it is charged: total = subtotal − discount; tax is inside of it or comes on top by zone."""

    key: str
    unit_price: Money
    quantity: int
    tax_rate: Decimal
    subtotal: Money
    discount: Money
    tax: Money
    steps: list[Step]

    @property
    def total(self) -> Money:
        return self.subtotal - self.discount


@dataclass(slots=True)
class Totals:
    """The whole: total = subtotal − discount + shipping (+ tax where prices exclude it).

    `shipping` is what is charged of it; the `adjustments` tell what was taken off lines and shipping before.
    """

    currency: str
    rules: TaxRules
    lines: list[LineTotals]
    shipping: Money
    shipping_tax_rate: Decimal
    shipping_tax: Money
    steps: list[Step]
    adjustments: list[Adjustment] = field(default_factory=list)

    @property
    def subtotal(self) -> Money:
        return total((line.subtotal for line in self.lines), self.currency)

    @property
    def discount(self) -> Money:
        return total((line.discount for line in self.lines), self.currency)

    @property
    def goods(self) -> Money:
        """Return what the lines come to with their discounts: thresholds and shares are reckoned from it."""
        return total((line.total for line in self.lines), self.currency)

    @property
    def tax(self) -> Money:
        return total((line.tax for line in self.lines), self.currency) + self.shipping_tax

    @property
    def prices_include_tax(self) -> bool:
        return self.rules.prices_include_tax

    @property
    def total(self) -> Money:
        net = self.goods + self.shipping
        return net if self.rules.prices_include_tax else net + self.tax

    def discount_line(self, line: LineTotals, adjustment: Adjustment) -> None:
        """Take an adjustment off one of the lines, no more than is left of it."""
        taken = min(adjustment.amount, line.total)
        if taken.minor <= 0:
            return
        line.discount += taken
        line.steps.append(Step("discount", -taken, _origin_of(adjustment)))
        self.adjustments.append(replace(adjustment, amount=taken))

    def discount_shipping(self, adjustment: Adjustment) -> None:
        """Take an adjustment off the charge of shipping, no more than is left of it."""
        taken = min(adjustment.amount, self.shipping)
        if taken.minor <= 0:
            return
        self.shipping -= taken
        self.steps.append(Step("shipping_discount", -taken, _origin_of(adjustment)))
        self.adjustments.append(replace(adjustment, amount=taken))


PricingStep: TypeAlias = Callable[[Totals, PricingContext], None]


def tax_on(amount: Money, rate: Decimal, *, included: bool) -> Money:
    """The tax inside of a gross amount, or on top of a net one, rounded half-up to the minor unit."""
    return amount.share(rate, 1 + rate) if included else amount.share(rate)


def calculate(context: PricingContext) -> Totals:
    """Price a context. Raises ValueError if a line or a rate is in another currency than the context."""
    zero = Money.zero(context.currency)
    lines = [_list_price(line, zero, context.taxes) for line in context.lines]
    draft = Totals(context.currency, context.taxes, lines, zero, Decimal(0), zero, [])
    for step in STEPS:
        step(draft, context)
    return draft


def _list_price(line: PricingLine, zero: Money, rules: TaxRules) -> LineTotals:
    subtotal = line.unit_price * line.quantity
    step = Step("list_price", subtotal, {"unit_price": str(line.unit_price.amount), "quantity": str(line.quantity)})
    return LineTotals(line.key, line.unit_price, line.quantity, line.tax_rate(rules), subtotal, zero, zero, [step])


def _subtotal(draft: Totals, context: PricingContext) -> None:
    draft.steps.append(Step("subtotal", draft.subtotal))


def _agreed_discounts(draft: Totals, context: PricingContext) -> None:
    """Keep what was agreed to be taken off a line, in proportion to its units where there are fewer than then."""
    if not context.adjustments:
        return
    lines = {line.key: line for line in draft.lines}
    for agreed in context.adjustments:
        line = lines.get(agreed.line or "")
        if agreed.kind != AdjustmentKind.DISCOUNT or line is None or agreed.units is None:
            continue
        units = min(agreed.units, line.quantity)
        amount = agreed.amount.share(Decimal(units), Decimal(agreed.units))
        draft.discount_line(line, replace(agreed, amount=amount, units=units))


def _discount(draft: Totals, context: PricingContext) -> None:
    if discount := draft.discount:
        draft.steps.append(Step("discount", -discount))


def _shipping(draft: Totals, context: PricingContext) -> None:
    """Charge shipping for the goods as they are after discounts."""
    table, goods = context.shipping, draft.goods
    if agreed := table.still_agreed(goods):
        draft.shipping, draft.shipping_tax_rate, label = agreed.charge, agreed.tax_rate, agreed.label
    elif rate := table.rate:
        draft.shipping, label = rate.charge_for(goods), rate.label
        draft.shipping_tax_rate = draft.rules.rate(rate.tax_class)
    else:
        return
    draft.steps.append(Step("shipping", draft.shipping, {"method": label}))


def _agreed_shipping_discounts(draft: Totals, context: PricingContext) -> None:
    for agreed in context.adjustments:
        if agreed.kind == AdjustmentKind.SHIPPING_DISCOUNT:
            draft.discount_shipping(agreed)


def _tax(draft: Totals, context: PricingContext) -> None:
    included = draft.rules.prices_include_tax
    code = "tax_included" if included else "tax_added"
    by_rate: dict[Decimal, Money] = {}
    for line in draft.lines:
        line.tax = tax_on(line.total, line.tax_rate, included=included)
        line.steps.append(Step(code, line.tax, _rate_detail(draft.rules, line.tax_rate)))
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, Money.zero(draft.currency)) + line.tax
    draft.shipping_tax = tax_on(draft.shipping, draft.shipping_tax_rate, included=included)
    rate = draft.shipping_tax_rate
    by_rate[rate] = by_rate.get(rate, Money.zero(draft.currency)) + draft.shipping_tax
    for rate, amount in sorted(by_rate.items(), reverse=True):
        if rate:
            draft.steps.append(Step(code, amount, _rate_detail(draft.rules, rate)))


def _rate_detail(rules: TaxRules, rate: Decimal) -> dict[str, str]:
    return {"zone": rules.zone, "rate": f"{rate:f}"}


def _origin_of(adjustment: Adjustment) -> dict[str, str]:
    return {"source": adjustment.source.value, "code": adjustment.code}


# In the order in which prices come about: what takes something off the goods stands before shipping, whose charge
# depends on what is left of them, and what takes something off shipping before the tax on it.
STEPS: tuple[PricingStep, ...] = (
    _subtotal,
    _agreed_discounts,
    _discount,
    _shipping,
    _agreed_shipping_discounts,
    _tax,
)
