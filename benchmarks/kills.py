"""Every place where a process can die: `python -m benchmarks.kills`.

A process that orders, cancels, ships, relays, sends mails, expires or sweeps is killed by SIGKILL before and after each
of its statements and COMMITs in turn. Then the client repeats its requests (at each point after one, another process is
killed whose client never comes back), and what runs in a shop all day goes on. What came of it has to be what comes of
one that nobody killed, or for a client that left, of the first so many of its requests; and `check_integrity` has to be
clean. Every point is printed.
"""

import argparse
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.shops import own_shop

if TYPE_CHECKING:
    from benchmarks.journeys import Journey, Outcome


@dataclass
class Tally:
    """What was tried and what went wrong."""

    points: int = 0
    kills: int = 0
    mails_twice: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.points} points, {self.kills} kills, {self.mails_twice} mails out twice with one Message-ID, "
            f"{len(self.wrong)} violations"
        )


def try_journey(journey: "Journey", *, most: int | None = None, is_told: bool = True) -> Tally:
    """Kill a journey at its points, or at so many, and hold what comes of it against one that nobody killed.

    Needs mails_into() and a database that it may fill.
    """
    ends = [_end_of(journey, steps) for steps in range(len(journey.steps) + 1)]
    points, tally = points_of(journey), Tally()
    chosen = range(len(points)) if most is None else [(2 * one + 1) * len(points) // (2 * most) for one in range(most)]
    for at in chosen:
        returns = [True, False] if journey.has_client and points[at].startswith("after") else [journey.has_client]
        wrong = []
        for comes_back in returns:
            wrong += _try(journey, at, ends[-1:] if comes_back else ends, tally, comes_back=comes_back)
        tally.points += 1
        tally.wrong += [f"{journey.name} {at} {points[at]}: {one}" for one in wrong]
        if is_told:
            print(f"{journey.name:<20} {at + 1:>3} {points[at]:<60} {'; '.join(wrong) or 'right'}", flush=True)
    return tally


def points_of(journey: "Journey") -> list[str]:
    """Every point that the journey comes by. It has been taken before, so that caches are warm."""
    from benchmarks.traps import Trap  # noqa: PLC0415  (the services are up only now)

    visit, trap = journey.prepared(), Trap()
    with trap.armed():
        journey.travel(visit)
    return trap.points


def _end_of(journey: "Journey", steps: int) -> "Outcome":
    from benchmarks import journeys  # noqa: PLC0415

    visit = journey.prepared()
    journey.travel(visit, steps=steps)
    journeys.recover()
    return journeys.outcome(visit)


def _try(journey: "Journey", at: int, allowed: "list[Outcome]", tally: Tally, *, comes_back: bool) -> list[str]:
    from benchmarks import journeys  # noqa: PLC0415
    from benchmarks.traps import run_until_killed  # noqa: PLC0415
    from core.integrity import check_integrity  # noqa: PLC0415

    visit = journey.prepared()
    ended = run_until_killed(lambda: journey.travel(visit), at=at)
    if ended != -signal.SIGKILL:
        return [f"ended with {ended}, not killed"]
    tally.kills += 1
    journeys.look_at_mails(visit)
    tally.mails_twice += len(visit.doubtful)
    if comes_back:
        try:
            journeys.come_back(journey, visit)
        except journeys.Refused as error:
            return [f"the client that came back was refused {error}"]
    journeys.recover()
    report = check_integrity()
    wrong = [f"{one.code}: {one.violations} rows {one.error}" for one in [*report.drifted, *report.failed]]
    found = journeys.outcome(visit)
    if found not in allowed:
        wrong.append(_difference(found, allowed[-1]))
    return wrong


def _difference(found: "Outcome", wanted: "Outcome") -> str:
    return ", ".join(f"{name} {found[name]} for {wanted[name]}" for name in found if found[name] != wanted[name])


def run(*, only: list[str] | None, most: int | None) -> int:
    """Try the journeys; returns 1 if anything went wrong."""
    from benchmarks.journeys import JOURNEYS, mails_into  # noqa: PLC0415

    tallies: dict[str, Tally] = {}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, mails_into(Path(folder)):
        for journey in JOURNEYS:
            if not only or journey.name in only:
                tallies[journey.name] = try_journey(journey, most=most)
    for name, tally in tallies.items():
        print(f"{name:<20} {tally}")
    kills, wrong = sum(one.kills for one in tallies.values()), [line for one in tallies.values() for line in one.wrong]
    print(f"{kills} kills in {time.perf_counter() - began:.0f} s, {len(wrong)} violations")
    print(*wrong, sep="\n", end="")
    return 1 if wrong or not kills else 0


def main() -> int:
    """Read the options, and try in a shop of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="JOURNEY", help="order, cancel, ship, relay, …")
    parser.add_argument("--most", type=int, metavar="N", help="no more points of each journey, spread over it")
    options = parser.parse_args()
    with own_shop("kills"):
        return run(only=options.only, most=options.most)


if __name__ == "__main__":
    sys.exit(main())
