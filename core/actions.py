"""What staff does in the shop, and the permissions that each action needs: in the admin and by the API alike.

Each app names its own in a subclass of Action, in its `actions` module, which its AppConfig names. The admin asks by
`core.admin.needs()`, the API by `ApiViewSet.staff_actions`, everything else by `core.staff.may()`. What each role may
do follows from the roles that the apps declare; docs/roles.md shows it.
"""

from enum import Enum


class Action(Enum):
    """An action with its name for people and its permissions, all of which it needs. Apps subclass it."""

    def __init__(self, label: str, *permissions: str) -> None:
        self.label = label
        self.permissions = permissions

    @property
    def alternatives(self) -> list[tuple[str, ...]]:
        """For each needed permission those of which one is enough: who may change rows may also see them."""
        return [
            (permission, permission.replace(".view_", ".change_")) if ".view_" in permission else (permission,)
            for permission in self.permissions
        ]


class CoreAction(Action):
    """What staff does with the shop's settings, tasks and events."""

    VIEW_FAILED_TASK = "See failed tasks", "core.view_failedtask"
    RETRY_TASK = "Run a failed task again", "core.change_failedtask"
    VIEW_EVENT_DELIVERY = "See deliveries of events", "core.view_outboxdelivery"
    REPLAY_EVENT = "Deliver an event again", "core.change_outboxdelivery"
    VIEW_SHOP_SETTINGS = "See the shop settings", "core.view_shopsetting"
    CHANGE_SHOP_SETTINGS = "Change the shop settings", "core.change_shopsetting"
