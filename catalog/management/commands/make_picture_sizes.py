"""`manage.py make_picture_sizes`: makes whatever size of a picture is missing, at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.image_services import make_missing_sizes


class Command(BaseCommand):
    help = "Makes the sizes of all pictures that have none. Exit code 1: some could not be read."

    def handle(self, **_options: Any) -> None:
        result = make_missing_sizes()
        self.stdout.write(f"Pictures cut to sizes: {result.made}.")
        if result.failed:
            raise CommandError(f"Pictures that could not be read: {result.failed}. The log names them.")
