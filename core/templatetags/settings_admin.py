"""Filters of the page of shop settings."""

from django import template

from core.shop_settings.selectors import StoredSetting
from core.shop_settings.wording import value_text

register = template.Library()


@register.filter
def default_text(stored: StoredSetting) -> str:
    """Return a setting's default as people read it."""
    return value_text(stored.setting, stored.default)
