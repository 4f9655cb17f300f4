"""Values of settings as people read them."""

from typing import Any

from django.utils.translation import gettext as _

from core.money import Money
from core.shop_settings.kinds import ChoiceSetting, Setting


def value_text(setting: Setting[Any], value: Any) -> str:
    """Return a setting's value in the active language; a dash for none."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(setting, ChoiceSetting):
        return str(dict(setting.choices).get(value, value))
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, dict):
        return " · ".join(dict.fromkeys(text for text in value.values() if text)) or "–"
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return "–" if value in (None, "") else str(value)
