"""How a name and a password become a person."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.selectors import user_by_login


class LoginBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Named by settings.AUTHENTICATION_BACKENDS.

    One password is hashed for every attempt, whether the name is an e-mail address, a username or nobody's.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        login = credentials.get("email") or credentials.get("username") or ""
        user: User | None = self._check_password(user_by_login(login), credentials["password"])
        return user
