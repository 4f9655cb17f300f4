"""`manage.py etl`: moves another shop in, and shows what earlier runs did."""

import getpass
import json
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from etl import services
from etl.errors import EtlError
from etl.mapping import load_mapping
from etl.models import Run
from etl.report import is_clean, rejection_lines, render_report, table
from etl.selectors import find_run, recent_runs

NOT_DONE = 1
WRONG_USE = 2


class Command(BaseCommand):
    help = "Moves another shop in: run, list, rejections, sign-off. Exit code 1: rows were rejected or sums differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="run|list|rejections|sign-off")
        run = actions.add_parser("run", help="move a source in, or bring it up to date")
        run.add_argument("mapping", help="a mapping's name, or the path of a YAML file")
        run.add_argument("--source", required=True, help="database URL, or path of an SQLite file")
        run.add_argument("--dry-run", action="store_true", help="do everything, report, and roll it back")
        listing = actions.add_parser("list", help="show the runs, newest first")
        rejections = actions.add_parser("rejections", help="show the rows that a run rejected")
        sign_off = actions.add_parser("sign-off", help="accept a run's report and drop its staging tables")
        for command in (rejections, sign_off):
            command.add_argument("run", help='a run\'s id or its last digits; "last" is the newest')
        for command in (run, sign_off):
            command.add_argument("--by", default=getpass.getuser(), help="who does it (default: the system's user)")
        for command in (run, listing, rejections):
            command.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        action = {
            "run": self._run,
            "list": self._list,
            "rejections": self._rejections,
            "sign-off": self._sign_off,
        }[options["action"]]
        try:
            action(options)
        except (EtlError, DomainError) as error:
            raise CommandError(str(error), returncode=WRONG_USE) from error

    def _run(self, options: dict[str, Any]) -> None:
        with _ended_cleanly():
            run = services.run_mapping(
                mapping=load_mapping(options["mapping"]),
                address=options["source"],
                started_by=options["by"],
                dry_run=options["dry_run"],
                say=self.stderr.write,
            )
        if options["json"]:
            self.stdout.write(json.dumps(_run_as_dict(run) | run.report, indent=2))
        else:
            self.stdout.write(render_report(run, dry_run=options["dry_run"]))
        if not is_clean(run.report):
            sys.exit(NOT_DONE)

    def _list(self, options: dict[str, Any]) -> None:
        runs = recent_runs()
        if options["json"]:
            self.stdout.write(json.dumps([_run_as_dict(run) for run in runs], indent=2))
            return
        head = ["run", "mapping", "started", "by", "status", "read", "inserted", "updated", "unchanged", "rejected"]
        self.stdout.write(table(head, [_run_as_row(run) for run in runs], words=5))

    def _rejections(self, options: dict[str, Any]) -> None:
        rejections = find_run(options["run"]).rejections.iterator()
        if options["json"]:
            fields = ("entity", "row", "source_key", "problems")
            found = [{field: getattr(one, field) for field in fields} for one in rejections]
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
            return
        for line in rejection_lines(rejections):
            self.stdout.write(line)

    def _sign_off(self, options: dict[str, Any]) -> None:
        run = services.sign_off(run_id=find_run(options["run"]).pk, by=options["by"])
        self.stdout.write(f"{run} was signed off by {run.signed_off_by}")


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """SIGTERM ends a run like Ctrl-C does: what is half-done is rolled back, and the ledger says so."""

    def end(number: int, _frame: Any) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _totals(run: Run) -> dict[str, int]:
    columns = ("read", "inserted", "updated", "unchanged", "rejected")
    return {column: sum(getattr(one, column) for one in run.entities.all()) for column in columns}


def _run_as_dict(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.pk),
        "mapping": run.mapping,
        "source": run.source_url,
        "started_at": run.started_at.isoformat(),
        "started_by": run.started_by,
        "seconds": run.seconds,
        "status": run.status,
        **_totals(run),
    }


def _run_as_row(run: Run) -> list[str]:
    started = f"{run.started_at:%Y-%m-%d %H:%M:%S}"
    numbers = [f"{number:,}" for number in _totals(run).values()]
    return [str(run.pk), run.mapping, started, run.started_by, run.status, *numbers]
