"""What staff decides about notices."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.shop import MAIL
from core.shop_settings.kinds import EmailsSetting, IntegerSetting

STOCK_ALERT_EMAILS = EmailsSetting(
    name="stock_alert_emails",
    group=MAIL,
    label=_("Addresses for stock alerts"),
    help=_("Who is written to when an item gets low or sells out. One address a line."),
    default=lambda: list(settings.STOCK_ALERT_EMAILS),
)
NOTICE_CONFIRM_DAYS = IntegerSetting(
    name="notice_confirm_days",
    group=MAIL,
    label=_("Days to confirm a back-in-stock notice"),
    help=_("A guest's notice that is not confirmed by then is deleted."),
    default=lambda: int(settings.NOTICE_CONFIRM_DAYS),
    minimum=1,
    maximum=90,
)

SETTINGS = (STOCK_ALERT_EMAILS, NOTICE_CONFIRM_DAYS)
