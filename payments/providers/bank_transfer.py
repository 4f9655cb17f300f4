"""A transfer to the shop's account: the order waits for the money, for a limited time."""

from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import clock
from core.money import Money
from payments.providers.base import PaymentProvider


class BankTransfer(PaymentProvider):
    code = "bank_transfer"
    label = _("Bank transfer")
    description = _("Transfer the amount within a few days; we ship when it has arrived.")

    def payable_until(self, placed_at: datetime) -> datetime | None:
        # The shopper is told a day, and has all of it.
        return clock.end_of_day(placed_at, days=settings.BANK_TRANSFER_DAYS)

    def instructions(self, *, number: str, amount: Money) -> list[tuple[str | Promise, str | Money]]:
        return [
            (_("Account holder"), settings.SHOP_NAME),
            (_("Account"), settings.BANK_TRANSFER_ACCOUNT),
            (_("Amount"), amount),
            (_("Reference"), number),
        ]
