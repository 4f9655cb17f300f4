"""`manage.py delete_unused_files`: deletes stored pictures that no row shows any more; the beat does it every day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.media.unused_files import UNUSED_FOR, delete_unused_files, unused_files
from core import clock


class Command(BaseCommand):
    help = "Deletes pictures and sizes from the storage that nothing refers to and that are older than a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="name them, and delete nothing")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        older_than = clock.now() - UNUSED_FOR
        if not dry_run:
            self.stdout.write(f"Files deleted: {delete_unused_files(older_than=older_than)}.")
            return
        names = unused_files(older_than=older_than)
        for name in names:
            self.stdout.write(name)
        self.stdout.write(f"Files that would be deleted: {len(names)}.")
