"""Raise the staff tasks of what is there already, such as after an upgrade or a data import, and settle the others."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from desk.kinds import all_kinds
from desk.models import StaffTask
from desk.services import refresh_tasks
from desk.states import TaskState


class Command(BaseCommand):
    help = "Raises the staff tasks of all causes that there are now, and settles those whose cause is gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", action="append", default=[], help="Only this kind; may be given several times.")

    def handle(self, *args: Any, **options: Any) -> None:
        kinds = all_kinds()
        chosen = options["kind"] or [code for code, kind in kinds.items() if kind.causes]
        unknown = [code for code in chosen if code not in kinds or kinds[code].causes is None]
        if unknown:
            known = ", ".join(code for code, kind in kinds.items() if kind.causes)
            raise CommandError(f"--kind knows no {', '.join(unknown)}. Known are: {known}")
        for code in chosen:
            refresh_tasks(kind=code)
            still_open = StaffTask.objects.filter(kind=code, state=TaskState.OPEN).count()
            self.stdout.write(f"{code}: {still_open} open")
