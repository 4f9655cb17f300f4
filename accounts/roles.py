"""The roles of staff, as groups with the permissions that each needs; the apps declare them in their AppConfig.

A group of one of these names follows what is declared at every migrate; whoever wants another cut makes a group of
their own.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from core.actions import Action
from core.registry import souk_apps

# The roles that the shop comes with, in the order in which people read of them; an app may declare more.
_FIRST_ROLES = ("catalogue", "orders", "finance", "support", "admin")

Rights = Mapping[str, tuple[str, ...]]


@cache
def all_roles() -> Mapping[str, Rights]:
    """Return by role, of each model's label, what its people may do; "orders.*" stands for every model of an app.

    Raises ImproperlyConfigured where two apps declare the rights of one role on one model.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for app in souk_apps():
        for role, rights in app.roles.items():
            named = {app.label_of(model): may for model, may in rights.items()}
            if twice := sorted(named.keys() & found.setdefault(role, {}).keys()):
                raise ImproperlyConfigured(f"the role {role} is given rights twice on {', '.join(twice)}")
            found[role] |= named
    order = [*_FIRST_ROLES, *found]
    return {role: found[role] for role in sorted(found, key=order.index)}


@transaction.atomic
def sync_roles() -> None:
    """Make the groups of all roles, each with exactly its permissions. Doing it again changes nothing."""
    known: dict[tuple[str, str], list[Permission]] = {}
    for permission in Permission.objects.select_related("content_type"):
        known.setdefault((permission.content_type.app_label, permission.content_type.model), []).append(permission)
    for name, models in all_roles().items():
        group, _made = Group.objects.get_or_create(name=name)
        wanted = {
            permission
            for (app, model), permissions in known.items()
            for permission in permissions
            if permission.codename in _codenames(models, app, model)
        }
        group.permissions.set(wanted)


def all_actions() -> list[Action]:
    """Return the actions of all apps, in their order."""
    return [action for app in souk_apps() if app.actions for action in app.actions]


def actions_of(role: str) -> set[Action]:
    """The actions that a role may take in the admin and by the API."""
    rights = all_roles()[role]
    return {action for action in all_actions() if all(_gives(rights, enough) for enough in action.alternatives)}


def roles_table() -> str:
    """The actions and the roles that may take them, as a table in Markdown."""
    allowed = {role: actions_of(role) for role in all_roles()}
    head = ["Action", *allowed, "Permissions"]
    rows = [
        [
            action.label,
            *("yes" if action in allowed[role] else "" for role in allowed),
            ", ".join(f"`{permission}`" for permission in action.permissions),
        ]
        for action in all_actions()
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def _gives(models: Rights, permissions: Iterable[str]) -> bool:
    """Whether one of the permissions is among a role's."""
    for app, _dot, codename in (permission.partition(".") for permission in permissions):
        if codename in _codenames(models, app, codename.partition("_")[2]):
            return True
    return False


def _codenames(models: Rights, app: str, model: str) -> set[str]:
    may = models.get(f"{app}.{model}") or models.get(f"{app}.*") or ()
    return {f"{do}_{model}" for do in may}
