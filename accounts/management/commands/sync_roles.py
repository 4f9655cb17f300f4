"""Gives the groups of staff the permissions of their roles; `migrate` does so by itself."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import all_roles, sync_roles


class Command(BaseCommand):
    help = "Gives the groups of staff the permissions of their roles. Running it again changes nothing."

    def handle(self, **options: Any) -> None:
        sync_roles()
        self.stdout.write(f"Roles: {', '.join(all_roles())}.")
