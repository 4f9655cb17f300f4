"""What staff decides about stock."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.shop_settings.kinds import BooleanSetting, IntegerSetting, SettingGroup

STOCK = SettingGroup("stock", _("Stock"), 50)

LOW_STOCK_UNITS = IntegerSetting(
    name="low_stock_units",
    group=STOCK,
    label=_("Stock is low from"),
    help=_("Units on hand from which on an item counts as low. 0: only when it is gone."),
    default=lambda: int(settings.LOW_STOCK_UNITS),
    minimum=0,
    maximum=100_000,
)
UNITS_LEFT_SHOWN = BooleanSetting(
    name="units_left_shown",
    group=STOCK,
    label=_("Tell shoppers how many are left"),
    help=_("While stock is low, product pages say “Only 3 left”."),
    default=lambda: True,
)
GUEST_RESERVATION_PERCENT = IntegerSetting(
    name="guest_reservation_percent",
    group=STOCK,
    label=_("Part of the stock that a guest may reserve"),
    help=_("In percent of what is available, for the carts of one guest before they order."),
    default=lambda: int(settings.GUEST_RESERVATION_PERCENT),
    minimum=0,
    maximum=100,
)
GUEST_RESERVATION_UNITS = IntegerSetting(
    name="guest_reservation_units",
    group=STOCK,
    label=_("Units that a guest may reserve in any case"),
    default=lambda: int(settings.GUEST_RESERVATION_UNITS),
    minimum=0,
    maximum=100_000,
)

SETTINGS = (LOW_STOCK_UNITS, UNITS_LEFT_SHOWN, GUEST_RESERVATION_PERCENT, GUEST_RESERVATION_UNITS)
