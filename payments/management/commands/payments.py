"""`manage.py payments`: settles with the payment providers what was left undecided."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.operations import Reconciliation, reconcile

UNSETTLED = 1
WRONG_USE = 2


class Command(BaseCommand):
    help = "Payments at their providers: reconcile. Exit code 1: something is undecided, or sums differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="reconcile")
        command = actions.add_parser("reconcile", help="ask the providers what became of open payments, and record it")
        command.add_argument("--dry-run", action="store_true", help="ask and report; write and repeat nothing")
        command.add_argument(
            "--days", type=int, default=0, metavar="N", help="also compare the payments of the last N days"
        )
        command.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *, days: int, dry_run: bool, as_json: bool, **options: Any) -> None:
        if days < 0:
            raise CommandError(f"--days is a number from 0, not {days}.", returncode=WRONG_USE)
        found = []
        for one in reconcile(days=days, is_dry_run=dry_run):
            found.append(one)
            if not as_json:
                self._tell(one)
        summary = _summary(found)
        if as_json:
            self.stdout.write(json.dumps({"payments": [_as_dict(one) for one in found], "summary": summary}, indent=2))
        else:
            payments = "payment" if summary["payments"] == 1 else "payments"
            told = "would be recorded" if dry_run else "recorded"
            self.stdout.write(
                f"{summary['payments']} {payments} asked about: {summary['recorded']} changes {told}, "
                f"{summary['undecided']} undecided, {summary['different']} different."
            )
        if summary["undecided"] or summary["different"]:
            raise CommandError("Not everything is settled; docs/payments.md says what to do.", returncode=UNSETTLED)

    def _tell(self, one: Reconciliation) -> None:
        findings = one.findings
        lines = [*findings.recorded, *(f"differs: {difference}" for difference in findings.differences)]
        lines += [f"undecided: operation {operation}" for operation in findings.undecided]
        if not findings.is_answered:
            lines.append("the provider did not answer")
        self.stdout.write(f"{one.payment.order.number} {one.payment.provider} {one.payment.amount}")
        for line in lines or ["as it is here"]:
            self.stdout.write(f"    {line}")


def _as_dict(one: Reconciliation) -> dict[str, Any]:
    return {
        "payment": str(one.payment.pk),
        "order": one.payment.order.number,
        "provider": one.payment.provider,
        "is_answered": one.findings.is_answered,
        "recorded": one.findings.recorded,
        "differences": one.findings.differences,
        "undecided": [str(operation) for operation in one.findings.undecided],
    }


def _summary(found: list[Reconciliation]) -> dict[str, int]:
    return {
        "payments": len(found),
        "recorded": sum(len(one.findings.recorded) for one in found),
        "undecided": sum(bool(one.findings.undecided) or not one.findings.is_answered for one in found),
        "different": sum(bool(one.findings.differences) for one in found),
    }
