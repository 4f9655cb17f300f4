"""`prune_security_events`: forget what happened to the ways into accounts long ago; the beat does it every day."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.security import prune_security_events
from core import clock


class Command(BaseCommand):
    help = "Forget the security events that are older than SECURITY_EVENTS_KEEP_DAYS, which keeps all when it is 0."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=settings.SECURITY_EVENTS_KEEP_DAYS, help="instead of SECURITY_EVENTS_KEEP_DAYS"
        )
        parser.add_argument("--dry-run", action="store_true", help="count only")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days < 0:
            raise CommandError("--days is below 0: give the number of days to keep, or 0 to keep all.")
        if not days:
            self.stdout.write("All security events are kept: SECURITY_EVENTS_KEEP_DAYS is 0.")
            return
        count = prune_security_events(before=clock.now() - timedelta(days=days), dry_run=options["dry_run"])
        said = "would be forgotten" if options["dry_run"] else "forgotten"
        self.stdout.write(f"{count} security events older than {days} days {said}.")
