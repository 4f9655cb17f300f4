"""`manage.py sampledata`: fills an empty shop with the demo shop, or with as many rows as one asks for."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, OperationalError

from core.errors import DomainError
from sampledata.bulk.loader import Filled, SizeError, Sizes, fill_shop
from sampledata.content import PersonText
from sampledata.loader import DEFAULT_SEED, Loaded, load_demo_shop, shop_has_products


class Command(BaseCommand):
    help = (
        "Loads the demo shop: products with pictures in three languages, customers, orders in every state. "
        "Running it again changes nothing. With --products, --customers or --orders it fills the shop to that size "
        "instead, and continues where a run was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seed", type=int, default=DEFAULT_SEED, help="the same number tells the same story (default %(default)s)"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the shop sells anything already")
        parser.add_argument(
            "--in-production",
            action="store_true",
            help="load it although APP_ENV is not local: everybody knows the passwords of the demo's log-ins",
        )
        for name in ("products", "customers", "orders"):
            parser.add_argument(f"--{name}", type=int, metavar="N", help=f"have N {name} of this seed, written in bulk")

    def handle(self, *, seed: int, if_empty: bool, in_production: bool, **options: Any) -> None:
        if settings.APP_ENV != "local" and not in_production:
            raise CommandError(
                f"APP_ENV is {settings.APP_ENV!r}, and the demo's staff have a password that everybody knows. Set "
                "APP_ENV=local for a demonstration, or load it all the same with --in-production."
            )
        if if_empty and shop_has_products():
            self.stdout.write("The shop sells something already; the demo shop was left out.")
            return
        sizes = {name: options[name] for name in ("products", "customers", "orders") if options[name] is not None}
        if sizes:
            self._fill(Sizes(**sizes), seed=seed)
            return
        try:
            loaded = load_demo_shop(seed=seed)
        except DomainError as error:
            raise CommandError(f"The demo shop was not loaded: {error} ({error.code}, {error.details})") from error
        except IntegrityError as error:
            raise CommandError(f"The demo shop was not loaded, other rows are in its way: {error}") from error
        self._report(loaded)

    def _fill(self, sizes: Sizes, *, seed: int) -> None:
        try:
            with _ended_cleanly():
                filled = fill_shop(sizes=sizes, seed=seed, progress=self._show_progress)
        except SizeError as error:
            raise CommandError(str(error)) from error
        except IntegrityError as error:
            raise CommandError(f"Other rows are in the way, the last batch was not written: {error}") from error
        except OperationalError as error:
            raise CommandError(f"The database ended a batch, run it again to go on from there: {error}") from error
        self._report_filled(filled)

    def _show_progress(self, name: str, done: int, wanted: int) -> None:
        self.stdout.write(f"{name}: {done:,} of {wanted:,}")

    def _report_filled(self, filled: Filled) -> None:
        for part in filled.parts:
            self.stdout.write(
                f"{part.total:10,} {part.name:<10} {part.added:+,}, {part.rows:,} rows in {part.seconds:.1f} s "
                f"({part.rows_a_second:,.0f} rows/s)"
            )
        self.stdout.write(f"Pictures drawn: {filled.pictures_drawn}.")

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


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """SIGTERM ends a run like Ctrl-C does: what is being written is rolled back, the next run continues."""

    def end(number: int, _frame: Any) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _login(person: PersonText) -> str:
    role = "staff" if person.is_staff else "shopper"
    return f"{role:<7} {person.username} or {person.email}, password {person.password}"
