"""Print which role may take which action."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import roles_table


class Command(BaseCommand):
    help = "Print the table of roles and actions in Markdown, as docs/roles.md shows it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(roles_table())
