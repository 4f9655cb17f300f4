"""The shop itself, as staff describes it in the admin: its name, how to reach it, and who its mails are from."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from core.shop_settings.kinds import (
    ChoiceSetting,
    EmailSetting,
    SettingGroup,
    TextSetting,
    TranslatedTextSetting,
)

SHOP = SettingGroup("shop", _("Shop"), 10)
CONTACT = SettingGroup("contact", _("Contact"), 20)
MAIL = SettingGroup("mail", _("Mails"), 30)


def _name_by_language() -> dict[str, str]:
    names = {}
    for code, _language in settings.LANGUAGES:
        with override(code):
            names[code] = gettext(settings.SHOP_NAME)
    return names


SHOP_NAME = TranslatedTextSetting(
    name="shop_name",
    group=SHOP,
    label=_("Name of the shop"),
    help=_("Shown on every page, in mails and on bank transfers."),
    default=_name_by_language,
    max_length=80,
    required=True,
)
DEFAULT_THEME = ChoiceSetting(
    name="default_theme",
    group=SHOP,
    label=_("Colours"),
    help=_("For visitors who have not chosen light or dark themselves."),
    default=str,
    choices=(("", _("As the visitor's device")), ("light", _("Light")), ("dark", _("Dark"))),
)
CONTACT_EMAIL = EmailSetting(
    name="contact_email",
    group=CONTACT,
    label=_("E-mail address for customers"),
    help=_("Shown in the footer and in mails; answers to mails go there."),
    default=str,
)
CONTACT_PHONE = TextSetting(
    name="contact_phone",
    group=CONTACT,
    label=_("Phone number for customers"),
    help=_("With the country's code, such as +216 71 000 000. Shown in the footer and in mails."),
    default=str,
    max_length=40,
)
CONTACT_HOURS = TranslatedTextSetting(
    name="contact_hours",
    group=CONTACT,
    label=_("When the phone is answered"),
    help=_("Shown beside the phone number, such as Monday to Friday, 9 to 17."),
    default=dict,
    max_length=120,
)
POSTAL_ADDRESS = TextSetting(
    name="postal_address",
    group=CONTACT,
    label=_("Postal address"),
    help=_("Shown in the footer and in mails, with its line breaks."),
    default=str,
    max_length=400,
    lines=True,
)
MAIL_SENDER_NAME = TextSetting(
    name="mail_sender_name",
    group=MAIL,
    label=_("Sender's name"),
    help=_("Whom readers see as the sender of the shop's mails."),
    default=lambda: parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
    max_length=80,
)
MAIL_SENDER_ADDRESS = EmailSetting(
    name="mail_sender_address",
    group=MAIL,
    label=_("Sender's address"),
    help=_("The mail server has to be allowed to send for its domain, otherwise mails end up as spam."),
    default=lambda: parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    required=True,
)

SETTINGS = (
    SHOP_NAME,
    DEFAULT_THEME,
    CONTACT_EMAIL,
    CONTACT_PHONE,
    CONTACT_HOURS,
    POSTAL_ADDRESS,
    MAIL_SENDER_NAME,
    MAIL_SENDER_ADDRESS,
)


def mail_sender() -> str:
    """Return the sender of the shop's mails, as a From header has it."""
    return formataddr((MAIL_SENDER_NAME.value, MAIL_SENDER_ADDRESS.value))


def reply_to() -> list[str]:
    """Return where answers to the shop's mails go; empty for the sender."""
    return [CONTACT_EMAIL.value] if CONTACT_EMAIL.value else []


def contact_details() -> dict[str, str]:
    """Return how customers reach the shop, in the active language; empty texts for what is not set."""
    return {
        "email": CONTACT_EMAIL.value,
        "phone": CONTACT_PHONE.value,
        "hours": CONTACT_HOURS.text,
        "address": POSTAL_ADDRESS.value,
    }
