"""Look at the search text of every product again: after a change to how words are folded, or past the outbox."""

from typing import Any

from django.core.management.base import BaseCommand

from catalog.search.rows import mark_all, refresh_marked


class Command(BaseCommand):
    help = (
        "Writes the words that products are found by, for all products and batch by batch. Safe at any time and beside "
        "the relay; what is right already is left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        marked = mark_all()
        while refresh_marked():
            pass
        self.stdout.write(f"{marked} products looked at.")
