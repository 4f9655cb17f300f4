"""Who may do what, in the words of Django's model permissions."""

from functools import cache
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.staff import is_trusted_staff


def is_staff_with(user: Any, permission: str) -> bool:
    """Whether this is a member of staff who has a model permission such as "orders.change_order"."""
    return bool(user and user.is_authenticated and is_trusted_staff(user) and user.has_perm(permission))


@cache
def staff_with(permission: str) -> type[BasePermission]:
    """A permission class that lets only staff pass who have a model permission."""

    class StaffWith(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return is_staff_with(request.user, permission)

    return StaffWith
