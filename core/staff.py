"""Who counts as staff."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from core.actions import Action


def lacks_second_factor(user: Any) -> bool:
    """Whether this is a member of staff who first has to set up the two-step log-in. A query, if it is required."""
    required = settings.STAFF_MFA_REQUIRED and user.is_authenticated and user.is_staff
    return bool(required) and not is_mfa_enabled(user, [Authenticator.Type.TOTP])


def is_trusted_staff(user: Any) -> bool:
    """Whether somebody may use the permissions of staff, at whatever door."""
    return bool(user.is_staff) and not lacks_second_factor(user)


def holds(user: Any, action: Action) -> bool:
    """Whether somebody has the permissions of an action; the admin's own check of staff comes before it."""
    return all(any(user.has_perm(permission) for permission in enough) for enough in action.alternatives)


def may(user: Any, action: Action) -> bool:
    """Whether this is trusted staff with the permissions of an action."""
    return bool(user and user.is_authenticated and is_trusted_staff(user) and holds(user, action))
