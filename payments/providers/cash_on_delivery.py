"""Cash at the door: the order is confirmed at once, the money recorded at hand-over."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments.providers.base import PaymentProvider


class CashOnDelivery(PaymentProvider):
    code = "cash_on_delivery"
    label = _("Cash on delivery")
    description = _("Pay the driver when your parcel arrives.")
    confirms_order = True
    captured_at_delivery = True

    def payable_until(self, placed_at: datetime) -> datetime | None:
        return None
