"""What staff decides about payments: the account for bank transfers, and limits of the ways to pay."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.shop_settings.kinds import BicSetting, IbanSetting, IntegerSetting, MoneySetting, SettingGroup, TextSetting

PAYMENT = SettingGroup("payment", _("Payment"), 40)

BANK_IBAN = IbanSetting(
    name="bank_iban",
    group=PAYMENT,
    label=_("IBAN for bank transfers"),
    help=_("Customers who pay by transfer are told to send the money there."),
    default=lambda: str(settings.BANK_TRANSFER_ACCOUNT),
    required=True,
)
BANK_BIC = BicSetting(
    name="bank_bic",
    group=PAYMENT,
    label=_("BIC of the bank"),
    help=_("Needed for transfers from other countries."),
    default=str,
)
BANK_HOLDER = TextSetting(
    name="bank_holder",
    group=PAYMENT,
    label=_("Account holder"),
    help=_("As the bank knows the shop. Banks compare it with what customers type."),
    default=lambda: settings.SHOP_NAME,
    max_length=70,
    required=True,
)
BANK_TRANSFER_DAYS = IntegerSetting(
    name="bank_transfer_days",
    group=PAYMENT,
    label=_("Days that a bank transfer may take"),
    help=_("After them an unpaid order is cancelled and its items are for sale again."),
    default=lambda: settings.BANK_TRANSFER_DAYS,
    minimum=1,
    maximum=365,
)
CASH_ON_DELIVERY_MAXIMUM = MoneySetting(
    name="cash_on_delivery_maximum",
    group=PAYMENT,
    label=_("Cash on delivery up to"),
    help=_("Orders of more are paid in another way. Empty for no limit."),
    default=lambda: None,
)

SETTINGS = (BANK_IBAN, BANK_BIC, BANK_HOLDER, BANK_TRANSFER_DAYS, CASH_ON_DELIVERY_MAXIMUM)
