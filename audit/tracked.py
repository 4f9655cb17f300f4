"""Which tables are audited: those that the apps declare. A test compares them with the triggers that there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ImproperlyConfigured

from core.registry import souk_apps

# Written by triggers and services out of other columns, or with every save: they say nothing of their own.
DERIVED = ("updated_at", "search_text")
# Their values are never recorded. That a MASKED one changed is, with … for both values.
SECRET = ("password", "last_login")
MASKED = "password"


@dataclass(frozen=True, slots=True)
class Tracked:
    """An audited table; `part_of` names the model in whose history it is told, `parent` the column that leads there."""

    table: str
    part_of: str = ""
    parent: str = ""


@cache
def tracked_tables() -> Mapping[str, Tracked]:
    """Return the audited tables by their models' labels. Raises ImproperlyConfigured where two apps declare one."""
    found: dict[str, Tracked] = {}
    for app in souk_apps():
        for model, audited in app.audited.items():
            label = app.label_of(model)
            if label in found:
                raise ImproperlyConfigured(f"the audited table {label} is declared twice")
            # Tables have the names that Django gives them, those of many-to-many relations too.
            found[label] = Tracked(label.replace(".", "_"), audited.part_of, audited.parent)
    return found


def parts_of(model: str) -> list[str]:
    """The models whose changes are told in the history of this one."""
    return [label for label, tracked in tracked_tables().items() if tracked.part_of == model]
