"""Discounts that staff gives: how an amount or a percentage becomes adjustments. Pure; docs/pricing.md has the rule."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.money import Money
from pricing.adjustments import Adjustment, AdjustmentKind, AdjustmentSource
from pricing.calculator import LineTotals, Totals

_HUNDRED = Decimal(100)


class DiscountTarget(models.TextChoices):
    GOODS = "goods", _("All items")
    LINE = "line", _("One item")
    SHIPPING = "shipping", _("Delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A percentage (10 for 10 %) or an amount that is to be taken off; with the target `line`, of that key."""

    target: DiscountTarget
    reason: str
    percent: Decimal | None = None
    amount: Money | None = None
    line: str | None = None


def adjustments_of(discount: Discount, *, totals: Totals, code: str) -> tuple[Adjustment, ...]:
    """Return what a discount takes off an order of these totals, after everything that was taken off before.

    A discount on all items is computed once and divided among the lines by what they cost, so that its parts sum to
    it. Raises InvalidInput for one that is no number to be taken off, more than what it is taken off, or nothing.
    """
    if discount.target == DiscountTarget.SHIPPING:
        taken = _taken(discount, totals.shipping)
        return (_adjustment(discount, code, taken),)
    lines = [line for line in totals.lines if discount.target == DiscountTarget.GOODS or line.key == discount.line]
    if not lines:
        raise InvalidInput(_("The order has no such line."), code="unknown_line", field="line")
    goods = Money(sum(line.total.minor for line in lines), totals.currency)
    shares = _taken(discount, goods).allocate([line.total.minor for line in lines])
    return tuple(_adjustment(discount, code, share, line) for line, share in zip(lines, shares, strict=True) if share)


def _taken(discount: Discount, of: Money) -> Money:
    taken = _percentage(discount.percent, of) if discount.amount is None else _amount(discount.amount, of)
    if taken.minor <= 0:
        raise InvalidInput(_("This takes nothing off."), code="discount_too_small", field=_field(discount))
    return taken


def _field(discount: Discount) -> str:
    return "percent" if discount.amount is None else "amount"


def _percentage(percent: Decimal | None, of: Money) -> Money:
    if percent is None or not 0 < percent <= _HUNDRED:
        raise InvalidInput(_("Give a percentage above 0, up to 100."), code="invalid_percent", field="percent")
    return of.share(percent, _HUNDRED)


def _amount(amount: Money, of: Money) -> Money:
    if amount.currency != of.currency or amount.minor <= 0:
        message = _("Give an amount above zero, in %(currency)s.") % {"currency": of.currency}
        raise InvalidInput(message, code="invalid_amount", field="amount")
    if amount.minor > of.minor:
        message = _("No more than %(amount)s can be taken off.") % {"amount": of}
        raise InvalidInput(message, code="discount_too_large", field="amount", details={"most": of.as_dict()})
    return amount


def _adjustment(discount: Discount, code: str, amount: Money, line: LineTotals | None = None) -> Adjustment:
    return Adjustment(
        kind=AdjustmentKind.DISCOUNT if line else AdjustmentKind.SHIPPING_DISCOUNT,
        source=AdjustmentSource.MANUAL,
        code=code,
        amount=amount,
        line=line.key if line else None,
        units=line.quantity if line else None,
        reason=discount.reason,
    )
