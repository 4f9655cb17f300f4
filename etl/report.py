"""What a run did, for a terminal and as JSON."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from etl.models import Rejection, Run
from etl.reconciliation import COUNT, Comparison
from etl.row_comparison import RowDifferences

EXAMPLES = 20


def build_report(
    run: Run,
    comparisons: Sequence[Comparison],
    rows: RowDifferences,
    *,
    currency: str,
    pictures: int,
    gone: Sequence[str],
    emptied: tuple[int, Sequence[str]],
) -> dict[str, Any]:
    """The run's account and reconciliation in plain JSON types, as it is kept in the run."""
    accounts = [
        {name: getattr(one, name) for name in ("entity", "read", "inserted", "updated", "unchanged", "rejected")}
        for one in run.entities.all()
    ]
    return {
        "currency": currency,
        "accounts": accounts,
        "comparisons": [comparison.as_dict() for comparison in comparisons],
        "placeholders": pictures,
        "gone": list(gone),
        "examples": rejection_lines(run.rejections.all()[:EXAMPLES]),
        "rejected": sum(account["rejected"] for account in accounts),
        "kept": int(sum(comparison.kept for comparison in comparisons if comparison.measure == COUNT)),
        "differing": _differing(comparisons, rows),
        "differing_values": rows.count,
        "differing_rows": [one.as_dict() for one in rows.examples],
        "emptied": emptied[0],
        "emptied_examples": list(emptied[1]),
    }


def _differing(comparisons: Sequence[Comparison], rows: RowDifferences) -> list[str]:
    sums = [f"{one.entity} {one.measure}" for one in comparisons if one.difference or one.kept]
    return sums + [measure for measure in rows.measures if measure not in sums]


def is_clean(report: dict[str, Any]) -> bool:
    """Whether every row moved in and every row and sum is the same on both sides."""
    return not report["rejected"] and not report["differing"]


def render_report(run: Run, *, dry_run: bool = False) -> str:
    """The report as text for a terminal."""
    report = run.report
    parts = [_heading(run, dry_run), _accounts(report), _comparisons(report)]
    if report["rejected"]:
        parts.append(_rejections(run, dry_run))
    if report.get("gone"):  # reports of before have none
        parts.append(f"In the shop, but at the source no more: {', '.join(report['gone'])}.")
    if report.get("differing_rows"):
        parts.append(_differing_rows(report))
    if report.get("emptied"):
        parts.append(_emptied(report))
    if report["placeholders"]:
        parts.append(f"Pictures drawn for products that had none: {report['placeholders']:,}.")
    parts.append(_verdict(report))
    return "\n\n".join(parts)


def rejection_lines(rejections: Iterable[Rejection]) -> list[str]:
    """One line for each rejected row: where it is, and all that is wrong with it."""
    return [
        f"{one.entity} row {one.row} (key {one.source_key or 'none'}): "
        + " ".join(problem["message"] for problem in one.problems)
        for one in rejections
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int) -> str:
    """Columns in line; the first `words` columns are text and stand left, numbers stand right."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if index < words else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])


def _heading(run: Run, dry_run: bool) -> str:
    took = "" if run.seconds is None else f", {run.seconds:.1f} s"
    tail = "; a dry run, nothing was kept" if dry_run else f", run {run.pk}"
    return f"{run.mapping} from {run.source_url}{tail}{took}"


def _accounts(report: dict[str, Any]) -> str:
    columns = ("read", "inserted", "updated", "unchanged", "rejected")
    rows = [[one["entity"], *(f"{one[column]:,}" for column in columns)] for one in report["accounts"]]
    return table(["entity", *columns], rows, words=1)


def _comparisons(report: dict[str, Any]) -> str:
    columns = ("source", "rejected", "kept", "target", "difference")
    rows = [
        [one["entity"], _measure(one, report["currency"]), *(_number(one[column]) for column in columns)]
        for one in report["comparisons"]
    ]
    note = "difference = source - rejected + kept - target"
    if report["kept"]:
        note += "; kept are rows of earlier runs that the source has no more, or has broken now"
    return table(["entity", "measure", *columns], rows, words=2) + f"\n({note})"


def _measure(comparison: dict[str, Any], currency: str) -> str:
    return f"{comparison['measure']} {currency}" if comparison["is_money"] else comparison["measure"]


def _number(value: str) -> str:
    return f"{Decimal(value):,f}"


def _rejections(run: Run, dry_run: bool) -> str:
    count, examples = run.report["rejected"], run.report["examples"]
    lines = [f"{_rows(count)} rejected:", *examples]
    if count > len(examples):
        lines.append(
            f"… and {count - len(examples):,} more" + ("" if dry_run else f": manage.py etl rejections {run.pk}")
        )
    return "\n".join(lines)


def _differing_rows(report: dict[str, Any]) -> str:
    shown = report["differing_rows"]
    rows = [[one["entity"], one["key"], one["measure"], one["source"], one["target"]] for one in shown]
    lines = [
        f"Row by row, {report['differing_values']:,} values differ:",
        table(["entity", "key", "measure", "source", "shop"], rows, words=3),
    ]
    if report["differing_values"] > len(shown):
        lines.append(f"… and {report['differing_values'] - len(shown):,} more")
    return "\n".join(lines)


def _emptied(report: dict[str, Any]) -> str:
    lines = [f"{report['emptied']:,} values could not be used; their rows moved in without them:"]
    lines += report["emptied_examples"]
    if report["emptied"] > len(report["emptied_examples"]):
        lines.append(f"… and {report['emptied'] - len(report['emptied_examples']):,} more")
    return "\n".join(lines)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _verdict(report: dict[str, Any]) -> str:
    if is_clean(report):
        return "Source and shop are equal in every row, count and sum."
    said = []
    if report["rejected"]:
        said.append(f"{_rows(report['rejected'])} rejected")
    if report["differing"]:
        said.append(f"source and shop differ in {', '.join(report['differing'])}")
    return f"Not done: {'; '.join(said)}."
