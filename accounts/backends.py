"""How a name and a password become a person."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.passwords import spellings_of_password
from accounts.selectors import user_by_login


class LoginBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Named by settings.AUTHENTICATION_BACKENDS.

    As many passwords are hashed for every attempt, whether the name is an e-mail address, a username or nobody's.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        login = credentials.get("email") or credentials.get("username") or ""
        user: User | None = self._check_password(user_by_login(login), credentials["password"])
        return user

    def _mitigate_timing_attack(self, password: str) -> None:
        """Take as long for nobody's name as for a wrong password, which is tried in all its spellings."""
        for spelling in spellings_of_password(password):
            make_password(spelling)
