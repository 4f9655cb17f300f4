"""What staff may do by the API, as core.actions has it for the admin too."""

from functools import cache
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.actions import Action
from core.staff import may


@cache
def staff_may(action: Action) -> type[BasePermission]:
    """A permission class that lets only staff pass who may take the action."""

    class StaffMay(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return may(request.user, action)

    return StaffMay
