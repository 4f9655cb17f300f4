"""The admin's sidebar, of the sections and entries that the apps declare; read by unfold as settings.UNFOLD says."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.registry import MenuEntry, MenuSection, souk_apps
from core.shop import SHOP_NAME


def site_title(request: HttpRequest) -> str:
    """Return the admin's title."""
    return SHOP_NAME.text


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar in the form of unfold's SIDEBAR; unfold asks each entry whether the reader may see it."""
    return navigation_of_apps()


@cache
def navigation_of_apps() -> list[dict[str, Any]]:
    sections = sorted((one for app in souk_apps() for one in app.menu_sections), key=lambda one: one.position)
    entries = sorted((one for app in souk_apps() for one in app.menu), key=lambda one: one.position)
    if unknown := {entry.section for entry in entries} - {section.key for section in sections}:
        raise ImproperlyConfigured(f"no app declares the menu section {', '.join(sorted(unknown))}")
    overview = {"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")}
    return [{"items": [overview]}, *(_section(section, entries) for section in sections)]


def _section(section: MenuSection, entries: list[MenuEntry]) -> dict[str, Any]:
    return {"title": section.title, "items": [_item(entry) for entry in entries if entry.section == section.key]}


def _item(entry: MenuEntry) -> dict[str, Any]:
    address = entry.to if ":" in entry.to else f"admin:{entry.to.replace('.', '_')}_changelist"
    item = {"title": entry.title, "icon": entry.icon, "link": reverse_lazy(address), "permission": _permission(entry)}
    return item | {"badge": entry.badge} if entry.badge else item


def _permission(entry: MenuEntry) -> Callable[[HttpRequest], bool]:
    if entry.shown_to:
        return lambda request: bool(import_string(entry.shown_to)(request))
    if (action := entry.action) is not None:
        return lambda request: bool(request.user.has_perms(action.permissions))
    app, _dot, model = entry.to.partition(".")
    return lambda request: any(request.user.has_perm(f"{app}.{do}_{model}") for do in ("view", "change"))
