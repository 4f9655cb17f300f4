"""What a way to pay has to say of itself. Providers never touch the database: payments.services does."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from django.utils.functional import Promise

from core.money import Money


class PaymentProvider(ABC):
    """One way to pay.

    `code` is stored with payments; `confirms_order` says whether the shop starts to work before the money is
    there; `captured_at_delivery` whether it is collected at the door.
    """

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]
    confirms_order: ClassVar[bool] = False
    captured_at_delivery: ClassVar[bool] = False

    def accepts(self, total: Money) -> bool:
        """Whether an order of this total may be paid this way."""
        return True

    @abstractmethod
    def payable_until(self, placed_at: datetime) -> datetime | None:
        """When an unpaid order is given up and its stock released, the end of a day that is told; None for never."""

    def instructions(self, *, number: str, amount: Money) -> list[tuple[str | Promise, str | Money]]:
        """What the shopper has to do, as (label, value) rows, amounts not yet written out; empty for nothing."""
        return []
