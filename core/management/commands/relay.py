"""Tell what happened to the consumers of the outbox; runs for as long as the shop does."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.db.advisory_locks import LockTaken
from core.outbox import relay


class Command(BaseCommand):
    help = (
        "Gives committed events their positions and hands them to their consumers. One relay works "
        "at a time; others wait to take over. SIGTERM ends it cleanly."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what there is to do now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self._once()
            return
        # Whoever starts it is told that the database is not there; later on it waits for it.
        connection.ensure_connection()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay.run(stop)

    def _once(self) -> None:
        try:
            report = relay.run_once()
        except LockTaken:
            raise CommandError("Another relay is at work.") from None
        self.stdout.write(f"{report.placed} placed, {report.delivered} delivered, {report.failed} failed.")
        if report.failed:
            raise CommandError("What failed is tried again later; the log tells why.")
