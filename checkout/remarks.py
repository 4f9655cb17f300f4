"""What stands in the way of a cart's line, and what else its shopper should know: a code for machines, a sentence."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carts.errors import CurrencyMismatch
from checkout.lines import WantedLine
from core.i18n.money_format import money_text
from core.money import Money
from inventory.errors import shortage_message
from inventory.wording import ships_later


class RemarkCode(StrEnum):
    """The first four keep a line from being bought; the others do not.

    Nobody pays a price that they did not see, and what ships later is said before it is bought.
    """

    SOLD_OUT = "sold_out"
    ONLY_LEFT = "only_left"
    WITHDRAWN = "withdrawn"
    CURRENCY_MISMATCH = "currency_mismatch"
    PRICE_CHANGED = "price_changed"
    SHIPS_LATER = "ships_later"
    PARTLY_RESERVED = "partly_reserved"


# Those that say that less is left than was asked for.
SHORTAGES = frozenset({RemarkCode.SOLD_OUT, RemarkCode.ONLY_LEFT})


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about a line, with the numbers that its sentence tells: units left, or the price then and now."""

    code: RemarkCode
    message: str
    available: int | None = None
    old_price: Money | None = None
    new_price: Money | None = None


def problems_of(line: WantedLine, *, available: int) -> list[Remark]:
    """Why a line cannot be bought as it is; empty if it can."""
    variant = line.variant
    if not variant.is_on_sale:
        return [Remark(RemarkCode.WITHDRAWN, _("This item is no longer sold."))]
    if not line.is_priced:
        return [Remark(RemarkCode.CURRENCY_MISMATCH, str(CurrencyMismatch.message))]
    if line.quantity > available:
        code = RemarkCode.ONLY_LEFT if available else RemarkCode.SOLD_OUT
        message = shortage_message([(variant.pk, line.quantity, available)])
        return [Remark(code, message, available=available)]
    return []


def notices_of(line: WantedLine, *, backordered: int, reserved: int | None = None) -> list[Remark]:
    """Sentences that the shopper of a line should read before buying it.

    `backordered` of its units ship later, `reserved` are kept for them by now, None if nothing of it was asked for.
    """
    notices = []
    if line.price_at_add is not None and line.price_has_changed and line.is_priced:
        notices.append(_price_changed(then=line.price_at_add, now=line.unit_price))
    if sentence := ships_later(units=line.quantity, backordered=backordered):
        notices.append(Remark(RemarkCode.SHIPS_LATER, sentence))
    if reserved is not None and reserved < line.quantity:
        notices.append(_partly_reserved(line, reserved))
    return notices


def _partly_reserved(line: WantedLine, reserved: int) -> Remark:
    sentence = ngettext(
        "We keep %(count)d of these %(quantity)d for you while you check out. The others are yours when you order.",
        "We keep %(count)d of these %(quantity)d for you while you check out. The others are yours when you order.",
        reserved,
    ) % {"count": reserved, "quantity": line.quantity}
    return Remark(RemarkCode.PARTLY_RESERVED, sentence)


def _price_changed(*, then: Money, now: Money) -> Remark:
    message = _("The price has changed since you added it: it was %(old)s and is %(new)s now.")
    sentence = message % {"old": money_text(then), "new": money_text(now)}
    return Remark(RemarkCode.PRICE_CHANGED, sentence, old_price=then, new_price=now)
