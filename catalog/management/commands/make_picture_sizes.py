"""`manage.py make_picture_sizes`: makes whatever size of a picture is missing, at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.media.services import make_missing_sizes, retry_sizes


class Command(BaseCommand):
    help = "Makes the sizes of all pictures that have none. Exit code 1: some could not be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retry", action="store_true", help="also of files that were given up")

    def handle(self, *, retry: bool, **_options: Any) -> None:
        if retry:
            retry_sizes()
        result = make_missing_sizes()
        self.stdout.write(f"Pictures cut to sizes: {result.made}.")
        if result.failed:
            raise CommandError(f"Pictures that could not be read: {result.failed}. The log names them.")
