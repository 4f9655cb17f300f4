"""What staff decides about the checkout."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.shop_settings.kinds import IntegerSetting, SettingGroup

CHECKOUT = SettingGroup("checkout", _("Checkout"), 60)

RESERVATION_MINUTES = IntegerSetting(
    name="reservation_minutes",
    group=CHECKOUT,
    label=_("Minutes that items are reserved"),
    help=_("From each step in the checkout on, for the shopper who is in it."),
    default=lambda: settings.RESERVATION_MINUTES,
    minimum=1,
    maximum=1_440,
)

SETTINGS = (RESERVATION_MINUTES,)
