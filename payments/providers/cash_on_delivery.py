"""Cash at the door: the order is confirmed at once, the money recorded at hand-over."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.money import Money
from payments.providers.base import PaymentProvider
from payments.shop_settings import CASH_ON_DELIVERY_MAXIMUM


class CashOnDelivery(PaymentProvider):
    code = "cash_on_delivery"
    label = _("Cash on delivery")
    description = _("Pay the driver when your parcel arrives.")
    confirms_order = True
    captured_at_delivery = True

    def accepts(self, total: Money) -> bool:
        most = CASH_ON_DELIVERY_MAXIMUM.value
        # A limit says nothing of orders in another currency.
        return most is None or most.currency != total.currency or total.minor <= most.minor

    def payable_until(self, placed_at: datetime) -> datetime | None:
        return None
