"""`rotate_second_factor_keys`: after a new key was put in front, encrypt with it what older ones encrypted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.encryption import rotate_keys


class Command(BaseCommand):
    help = (
        "Encrypts the secrets of the two-step log-in with the first of MFA_ENCRYPTION_KEYS. When it has succeeded, the "
        "others can be taken out. Running it again changes nothing that counts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only look whether every secret can be read")

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate_keys(dry_run=options["dry_run"])
        said = "can be read" if options["dry_run"] else "encrypted with the first key"
        self.stdout.write(f"{rotation.done} authenticators {said}.")
        if rotation.unreadable:
            raise CommandError(
                f"{len(rotation.unreadable)} authenticators are opened by none of MFA_ENCRYPTION_KEYS "
                f"(ids {', '.join(map(str, rotation.unreadable))}): put the key back that they were encrypted with, or "
                "remove their second factor in the admin."
            )
