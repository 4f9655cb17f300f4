"""The kinds of staff tasks: each app declares its own in the module that its AppConfig names as `task_kinds`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from core.actions import Action
from core.i18n.money_format import money_text
from core.money import Money
from core.registry import souk_apps

LOW, NORMAL, HIGH = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something is to be done about an object: plain values that the title names, an amount by `amount_of()`."""

    object_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    assignee_id: UUID | None = None
    due_at: datetime | None = None


Causes = Callable[[Collection[str] | None], Iterable[Cause]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskKind:
    """A kind of task.

    `title` has the placeholders of the causes' params. Who may take `action` sees its tasks. `causes` reads what is to
    be done now, about the objects of the given ids or, with None, about all of them; a kind without it is raised and
    settled by its app alone. `object_type` is the label of the objects' model. With `reopens`, a task that staff closed
    is opened again when its params change, since then there is something else to do.
    """

    code: str
    label: str | Promise
    title: str | Promise
    action: Action
    object_type: str = ""
    priority: int = NORMAL
    causes: Causes | None = None
    reopens: bool = False


@cache
def all_kinds() -> dict[str, TaskKind]:
    """Return every kind by its code, in the order of the apps. Raises ValueError where two have one code."""
    found: dict[str, TaskKind] = {}
    for module in (app.task_kinds for app in souk_apps() if app.task_kinds):
        for kind in import_module(module).TASK_KINDS:
            if kind.code in found:
                raise ValueError(f"the kind of staff task {kind.code} is declared twice")
            found[kind.code] = kind
    return found


def amount_of(amount: Money) -> dict[str, Any]:
    """An amount as a cause's params keep it, to be written in each reader's language."""
    return {"minor": amount.minor, "currency": amount.currency}


def rendered(kind: TaskKind, params: Mapping[str, Any]) -> str:
    """The title of a task in the active language; the bare label if its params are of an older title."""
    try:
        return str(kind.title) % {name: _shown(value) for name, value in params.items()}
    except KeyError:
        return str(kind.label)


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"minor", "currency"}:
        return money_text(Money(value["minor"], value["currency"]))
    return value
