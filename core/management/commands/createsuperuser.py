"""Django's command, which asks more of a password that comes from the environment: all that the pages ask."""

import os
from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as BaseCommand
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError


class Command(BaseCommand):
    """Named by its module, before Django's in INSTALLED_APPS."""

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        if password and not options["interactive"]:
            person = self.UserModel(username=options.get("username"), email=options.get("email"))
            try:
                validate_password(password, person)
            except ValidationError as error:
                raise CommandError(f"DJANGO_SUPERUSER_PASSWORD: {' '.join(error.messages)}") from error
        try:
            super().handle(*args, **options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
