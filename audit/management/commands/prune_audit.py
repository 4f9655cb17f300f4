"""`prune_audit`: forget what the audit keeps longer than it has to."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services import prune_changes
from core import clock


class Command(BaseCommand):
    help = "Forget the audited changes that are older than AUDIT_KEEP_DAYS, which keeps all when it is 0."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=settings.AUDIT_KEEP_DAYS, help="instead of AUDIT_KEEP_DAYS")
        parser.add_argument("--dry-run", action="store_true", help="count only")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days < 0:
            raise CommandError("--days is below 0: give the number of days to keep, or 0 to keep all.")
        if not days:
            self.stdout.write("All changes are kept: AUDIT_KEEP_DAYS is 0.")
            return
        count = prune_changes(before=clock.now() - timedelta(days=days), dry_run=options["dry_run"])
        said = "would be forgotten" if options["dry_run"] else "forgotten"
        self.stdout.write(f"{count} changes older than {days} days {said}.")
