"""How values are shown in lists and on pages: money, links, states as coloured badges."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from core.money import Money
from core.registry import souk_apps
from core.templatetags.shop import money


@cache
def state_colours() -> Mapping[str, str]:
    """Return the colour of each state that an app declares, as unfold calls it."""
    tables = (import_string(path) for app in souk_apps() for path in app.state_colours)
    return {str(state): colour for table in tables for state, colour in table.items()}


def coloured(text: Any, colour: str) -> SafeString:
    """A badge. unfold's own `label` columns show it in lists only, this one on pages as well."""
    return render_to_string("unfold/helpers/label.html", {"type": colour, "text": text})


def state(row: Model, field: str = "status") -> SafeString:
    """A state of a row as a badge."""
    return coloured(getattr(row, f"get_{field}_display")(), state_colours().get(getattr(row, field), "default"))


@dataclass(frozen=True, slots=True)
class Badge:
    """A state with its colour, for templates."""

    label: Any
    colour: str


def badge(state: str, label: Any) -> Badge:
    return Badge(label, state_colours().get(state, "default"))


def money_or_blank(value: Money | None) -> SafeString | str:
    """An amount as the reader's language writes it, a dash for none."""
    return "–" if value is None else money(value)


def link_to(row: Model | None, text: Any = None) -> SafeString | str:
    """A link to a row's page in the admin; a dash for no row."""
    if row is None:
        return "–"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}" class="text-link">{}</a>', address, text or row)
