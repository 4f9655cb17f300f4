"""How the admin looks and what its sidebar offers; read by unfold as settings.UNFOLD."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.menu import navigation
from orders.states import OrderStatus

# unfold brings no translations: what staff reads of it all day is named here, to be translated with the shop's words.
WORDS_OF_UNFOLD = (
    _("General"),
    _("Welcome back to"),
    _("Return to site"),
    _("Apply Filters"),
    _("Show counts"),
    _("Hide counts"),
    _("Select value"),
    _("Select action"),
    _("Select record"),
    _("Type to search"),
    _("No results found"),
    _("Reset filters"),
    _("View site"),
    _("Change password"),
    _("Clear all filters"),
    _("No results matching your query"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Choose file to upload"),
    _("Go back"),
    _("More actions"),
    _("Search apps and models..."),
    _("Light"),
    _("Dark"),
    _("System"),
)

# The parameters by which a tab is told from another.
_ORDER_TABS = {"todo", "status__exact"}


def _order_tab(title: Any, **query: str) -> dict[str, Any]:
    """A tab above the list of orders: one question that staff asks all day."""

    def link(request: HttpRequest) -> str:
        return reverse("admin:orders_order_changelist", query=query or None)

    def active(request: HttpRequest) -> bool:
        return {key: value for key, value in request.GET.items() if key in _ORDER_TABS} == query

    return {"title": title, "link": link, "active": active}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "core.menu.site_title",
    "SITE_HEADER": "core.menu.site_title",
    "SITE_ICON": lambda request: static("img/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "orders.admin.dashboard.dashboard",
    "COMMAND": {"search_callback": "orders.admin.search.find_anywhere"},
    "LOGIN": {
        "form": "core.admin.login.StaffLoginForm",
        "image": lambda request: static("img/market.svg"),
    },
    "STYLES": [lambda request: static("admin-souk/admin.css")],
    "SCRIPTS": [lambda request: static("admin-souk/tabs.js")],
    "BORDER_RADIUS": "8px",
    "COLORS": {
        # The storefront's linen and wood, and its fired clay for what is to be done.
        "base": {
            "50": "#faf7f2",
            "100": "#f3ede4",
            "200": "#e7dccd",
            "300": "#d5c5b0",
            "400": "#a8937c",
            "500": "#7c6956",
            "600": "#5f4e3f",
            "700": "#4a3c30",
            "800": "#33281f",
            "900": "#221a14",
            "950": "#16100c",
        },
        "primary": {
            "50": "#fdf4f0",
            "100": "#f9e6de",
            "200": "#f2cabb",
            "300": "#e6a48c",
            "400": "#d5775a",
            "500": "#c05537",
            "600": "#a63d22",
            "700": "#86301a",
            "800": "#6c2817",
            "900": "#552114",
            "950": "#2f110a",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        # What the apps declare.
        "navigation": navigation,
    },
    "TABS": [
        {
            "models": ["orders.order"],
            "items": [
                _order_tab(_("All")),
                _order_tab(_("Orders to ship"), todo="ship"),
                _order_tab(_("Awaiting payment"), todo="pay"),
                _order_tab(_("To refund"), todo="refund"),
                _order_tab(_("In progress"), status__exact=OrderStatus.PROCESSING),
                _order_tab(_("Completed"), status__exact=OrderStatus.COMPLETED),
                _order_tab(_("Cancelled"), status__exact=OrderStatus.CANCELLED),
            ],
        },
    ],
}
