"""Session log-in for scripts on the shop's own pages; a missing CSRF token is named as such in the envelope."""

from django.utils.translation import gettext as _
from drf_spectacular.authentication import SessionScheme as BaseSessionScheme
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request


class SessionAuthentication(BaseSessionAuthentication):
    """Takes the browser's session, and asks for its CSRF token on every change."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as refusal:
            raise PermissionDenied(
                _("The CSRF token is missing or wrong. Send it in the header X-CSRFToken."), code="csrf_failed"
            ) from refusal


class SessionScheme(BaseSessionScheme):  # type: ignore[no-untyped-call]
    """The OpenAPI document says of this class what it says of the framework's."""

    target_class = "core.api.authentication.SessionAuthentication"
