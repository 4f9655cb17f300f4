"""All settings that the apps declare in their `shop_settings` modules."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from core.registry import souk_apps

if TYPE_CHECKING:
    from core.shop_settings.kinds import Setting


@cache
def all_settings() -> "Mapping[str, Setting[Any]]":
    """Return every declared setting by its name, by group and then in the order of the apps.

    Raises ImproperlyConfigured where two have one name.
    """
    declared: list[Setting[Any]] = [
        one for app in souk_apps() if app.shop_settings for one in import_string(app.shop_settings)
    ]
    names = [one.name for one in declared]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ImproperlyConfigured(f"two shop settings are named {', '.join(sorted(twice))}")
    return {one.name: one for one in sorted(declared, key=lambda one: one.group.position)}
