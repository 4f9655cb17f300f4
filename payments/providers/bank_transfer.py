"""A transfer to the shop's account: the order waits for the money, for a limited time."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import clock
from core.money import Money
from payments.providers.base import PaymentProvider
from payments.shop_settings import BANK_BIC, BANK_HOLDER, BANK_IBAN, BANK_TRANSFER_DAYS


class BankTransfer(PaymentProvider):
    code = "bank_transfer"
    label = _("Bank transfer")
    description = _("Transfer the amount within a few days; we ship when it has arrived.")

    def payable_until(self, placed_at: datetime) -> datetime | None:
        # The shopper is told a day, and has all of it.
        return clock.end_of_day(placed_at, days=BANK_TRANSFER_DAYS.value)

    def instructions(self, *, number: str, amount: Money) -> list[tuple[str | Promise, str | Money]]:
        return [
            (_("Account holder"), BANK_HOLDER.value),
            (_("Account"), BANK_IBAN.value),
            *([(_("BIC"), BANK_BIC.value)] if BANK_BIC.value else []),
            (_("Amount"), amount),
            (_("Reference"), number),
        ]
