"""How values are shown in lists and on pages: money, links, states as coloured badges."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.money import Money
from core.templatetags.shop import money

# One colour a state, whatever it is a state of: orange waits for somebody, blue is on its way, green is done.
STATE_COLOURS = {
    "pending": "warning",
    "confirmed": "info",
    "processing": "info",
    "completed": "success",
    "cancelled": "danger",
    "unpaid": "warning",
    "authorized": "info",
    "partially_paid": "warning",
    "paid": "success",
    "partially_refunded": "info",
    "refunded": "info",
    "unfulfilled": "warning",
    "partially_shipped": "info",
    "preparing": "warning",
    "shipped": "info",
    "in_transit": "info",
    "delivered": "success",
    "returned": "danger",
    "captured": "success",
    "failed": "danger",
    "voided": "default",
    "requested": "info",
    "undecided": "warning",
    "succeeded": "success",
    "declined": "danger",
    "withdrawn": "default",
    "sent": "success",
    "waiting": "warning",
    "dead": "danger",
    "open": "info",
    "ordered": "success",
    "merged": "default",
}


def coloured(text: Any, colour: str) -> SafeString:
    """A badge. unfold's own `label` columns show it in lists only, this one on pages as well."""
    return render_to_string("unfold/helpers/label.html", {"type": colour, "text": text})


def state(row: Model, field: str = "status") -> SafeString:
    """A state of a row as a badge."""
    return coloured(getattr(row, f"get_{field}_display")(), STATE_COLOURS.get(getattr(row, field), "default"))


@dataclass(frozen=True, slots=True)
class Badge:
    """A state with its colour, for templates."""

    label: Any
    colour: str


def badge(state: str, label: Any) -> Badge:
    return Badge(label, STATE_COLOURS.get(state, "default"))


def money_or_blank(value: Money | None) -> SafeString | str:
    """An amount as the reader's language writes it, a dash for none."""
    return "–" if value is None else money(value)


def link_to(row: Model | None, text: Any = None) -> SafeString | str:
    """A link to a row's page in the admin; a dash for no row."""
    if row is None:
        return "–"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}" class="text-link">{}</a>', address, text or row)
