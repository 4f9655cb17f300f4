"""Recompute the shop's invariants from its rows; made for a person, a monitor and a deployment's last step."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from core.integrity import Outcome, Report, UnknownCheck, check_integrity, registered

DRIFT, BROKEN = 1, 2


class Command(BaseCommand):
    help = (
        "Recomputes the shop's invariants from its rows, all at one moment, without a lock and without a change. "
        "Ends with 0 if they hold, 1 if rows break one, 2 if a check could not be made or was not known."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        parser.add_argument("--only", action="append", default=[], metavar="CODE", help="this check; may be repeated")
        parser.add_argument("--limit", type=int, default=10, metavar="N", help="show N rows a check (%(default)s)")
        parser.add_argument("--list", action="store_true", dest="only_list", help="tell what is checked, and end")

    def handle(self, *, as_json: bool, only: list[str], limit: int, only_list: bool, **options: Any) -> None:
        if only_list:
            for check in registered().values():
                self.stdout.write(f"{check.code:<30} {check.title}")
            return
        if limit < 1:
            raise CommandError(f"--limit is a number from 1, not {limit}.", returncode=BROKEN)
        report = _checked(only, limit)
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        else:
            self._tell(report)
        if report.failed:
            raise CommandError(f"{len(report.failed)} checks could not be made.", returncode=BROKEN)
        if report.drifted:
            raise CommandError(f"{len(report.drifted)} checks found rows that drifted.", returncode=DRIFT)

    def _tell(self, report: Report) -> None:
        for outcome in report.outcomes:
            self.stdout.write(f"{_verdict(outcome):<12} {outcome.seconds:7.2f} s  {outcome.code:<30} {outcome.title}")
            if outcome.error:
                self.stdout.write(f"    {outcome.error}")
            for row in outcome.examples:
                self.stdout.write(f"    {row.subject} ({row.id}): {row.actual}, should be {row.expected}")
            if outcome.violations > len(outcome.examples):
                self.stdout.write(f"    and {outcome.violations - len(outcome.examples):,} more")
        summary = report.summary()
        self.stdout.write(f"{summary['checks']} checks in {summary['seconds']:.1f} s.")


def _checked(only: list[str], limit: int) -> Report:
    try:
        return check_integrity(only=only, limit=limit)
    except UnknownCheck as error:
        known = "\n  ".join(registered())
        raise CommandError(f"--only knows no {error}. Known are:\n  {known}", returncode=BROKEN) from None
    except OperationalError as error:
        said = " ".join(str(error).split())
        raise CommandError(f"The database did not answer: {said} Check DATABASE_URL.", returncode=BROKEN) from error


def _verdict(outcome: Outcome) -> str:
    if outcome.error:
        return "FAILED"
    return f"DRIFT {outcome.violations:,}" if outcome.violations else "ok"
