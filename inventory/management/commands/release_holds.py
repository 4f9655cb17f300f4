"""Give back what was held for shoppers who did not order in time; the beat does it every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from inventory.services import release_run_out


class Command(BaseCommand):
    help = "Gives back the units held for carts in the checkout whose time (RESERVATION_MINUTES) is over."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{release_run_out()} holds given back.")
