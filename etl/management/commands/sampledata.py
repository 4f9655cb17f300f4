"""`manage.py sampledata`: fills an empty shop with the demo shop."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from core.errors import DomainError
from etl.sampledata.content import PersonText
from etl.sampledata.loader import DEFAULT_SEED, Loaded, load_demo_shop, shop_has_products


class Command(BaseCommand):
    help = (
        "Loads the demo shop: products with pictures in three languages, customers, orders in every state. "
        "Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seed", type=int, default=DEFAULT_SEED, help="the same number tells the same story (default %(default)s)"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the shop sells anything already")

    def handle(self, *, seed: int, if_empty: bool, **_options: Any) -> None:
        if if_empty and shop_has_products():
            self.stdout.write("The shop sells something already; the demo shop was left out.")
            return
        try:
            loaded = load_demo_shop(seed=seed)
        except DomainError as error:
            raise CommandError(f"The demo shop was not loaded: {error} ({error.code}, {error.details})") from error
        except IntegrityError as error:
            raise CommandError(f"The demo shop was not loaded, other rows are in its way: {error}") from error
        self._report(loaded)

    def _report(self, loaded: Loaded) -> None:
        for name, count in loaded.counts.items():
            self.stdout.write(f"{count:6} {name:<18} {loaded.added[name]:+d}")
        states = ", ".join(f"{count} {status}" for status, count in loaded.orders_by_status.items())
        self.stdout.write(f"Orders: {states}. Pictures drawn: {loaded.pictures_drawn}.")
        logins = [_login(person) for person in loaded.logins]
        for line in logins:
            self.stdout.write(line)
        # scripts/run.sh shows them at every start.
        (settings.DATA_DIR / "demo-logins.txt").write_text("".join(f"  {line}\n" for line in logins))


def _login(person: PersonText) -> str:
    role = "staff" if person.is_staff else "shopper"
    return f"{role:<7} {person.username} or {person.email}, password {person.password}"
