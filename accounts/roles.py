"""The roles of staff, as groups with the permissions that each needs.

A group of one of these names follows this table at every migrate; whoever wants another cut makes a group of their own.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from core.actions import Action

ALL = ("view", "add", "change", "delete")
LOOK = ("view",)
WORK = ("view", "change")

# By role, of each model what its people may do. "*" stands for every model of an app.
ROLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "catalogue": {
        "catalog.*": ALL,
        "inventory.*": LOOK,
    },
    "orders": {
        "orders.*": WORK,
        # They place orders for customers who call or write.
        "orders.order": ("view", "add", "change"),
        "shipping.*": WORK,
        "payments.*": LOOK,
        # Receiving adds stock items, adjusting changes them.
        "inventory.stockitem": ("view", "add", "change"),
        "inventory.reservation": LOOK,
        "inventory.stockmove": LOOK,
        "inventory.location": LOOK,
        "accounts.user": LOOK,
        "accounts.address": LOOK,
        "catalog.*": LOOK,
        "carts.*": LOOK,
    },
    "finance": {
        "payments.*": WORK,
        "orders.*": LOOK,
        "shipping.*": LOOK,
        "accounts.user": LOOK,
        "accounts.address": LOOK,
        "pricing.*": ALL,
    },
    "support": {
        "orders.*": WORK,
        "payments.*": LOOK,
        "shipping.*": LOOK,
        "carts.*": LOOK,
        "catalog.*": LOOK,
        "inventory.stockitem": LOOK,
        "accounts.user": WORK,
        "accounts.address": ALL,
        "accounts.securityevent": LOOK,
        "notifications.backinstocknotice": LOOK,
        # A customer who got no mail calls them.
        "notifications.message": WORK,
    },
    # Everything but making others staff, which only a superuser may.
    "admin": {
        "catalog.*": ALL,
        "inventory.*": ALL,
        "pricing.*": ALL,
        "carts.*": ALL,
        "orders.*": ALL,
        "payments.*": ALL,
        "shipping.*": ALL,
        # Unlocking removes a second factor that somebody has lost. Whoever changes an address decides who can reset a
        # password, so support does not.
        "accounts.user": (*ALL, "unlock", "readdress"),
        "accounts.address": ALL,
        "accounts.securityevent": LOOK,
        "auth.group": LOOK,
        "core.failedtask": WORK,
        "core.outboxevent": LOOK,
        "core.outboxdelivery": WORK,
        "etl.*": LOOK,
        "notifications.backinstocknotice": LOOK,
        "notifications.message": WORK,
    },
}


@transaction.atomic
def sync_roles() -> None:
    """Make the groups of all roles, each with exactly its permissions. Doing it again changes nothing."""
    known: dict[tuple[str, str], list[Permission]] = {}
    for permission in Permission.objects.select_related("content_type"):
        known.setdefault((permission.content_type.app_label, permission.content_type.model), []).append(permission)
    for name, models in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        wanted = {
            permission
            for (app, model), permissions in known.items()
            for permission in permissions
            if permission.codename in _codenames(models, app, model)
        }
        group.permissions.set(wanted)


def actions_of(role: str) -> set[Action]:
    """The actions that a role may take in the admin and by the API."""
    return {action for action in Action if all(_gives(ROLES[role], enough) for enough in action.alternatives)}


def roles_table() -> str:
    """The actions and the roles that may take them, as a table in Markdown."""
    allowed = {role: actions_of(role) for role in ROLES}
    head = ["Action", *ROLES, "Permissions"]
    rows = [
        [
            action.label,
            *("yes" if action in allowed[role] else "" for role in ROLES),
            ", ".join(f"`{permission}`" for permission in action.permissions),
        ]
        for action in Action
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def _gives(models: Mapping[str, tuple[str, ...]], permissions: Iterable[str]) -> bool:
    """Whether one of the permissions is among a role's."""
    for app, _dot, codename in (permission.partition(".") for permission in permissions):
        if codename in _codenames(models, app, codename.partition("_")[2]):
            return True
    return False


def _codenames(models: Mapping[str, tuple[str, ...]], app: str, model: str) -> set[str]:
    may = models.get(f"{app}.{model}") or models.get(f"{app}.*") or ()
    return {f"{do}_{model}" for do in may}
