"""The environment's variables, read so that one with a wrong value is named."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):  # type: ignore[misc]
    """django-environ's, which does not say of which variable it could not read the value."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """As django-environ's. Raises ImproperlyConfigured naming the variable."""
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            raise _unreadable(var, error) from error

    def db_url(self, var: str = "DATABASE_URL", **kwargs: Any) -> Any:
        """As django-environ's. Raises ImproperlyConfigured naming the variable."""
        try:
            return super().db_url(var, **kwargs)
        except ValueError as error:
            raise _unreadable(var, error) from error


def _unreadable(var: str, error: ValueError) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{var} cannot be read: {error}. .env.example shows its form.")
