"""Is an event ever lost, told twice or out of order? `python -m benchmarks.outbox`.

Writers tell of some thousand aggregates in transactions, one in ten of which is undone, while two relays run as in the
shop and consumers write down what they hear. At random moments the relay at work, the other one, both or a writer is
killed (SIGKILL) and started again, or the relay's database session is cut. Then every row is counted. What a consumer
refuses has to end as a dead letter with its reason, and to be heard when it is replayed. At last one relay and one
writer run undisturbed, for the lag. Ends with 1 if anything does not hold. The database is one of its own.
"""

import argparse
import os
import sys
from bisect import bisect_left
from collections.abc import Callable
from statistics import quantiles
from typing import TYPE_CHECKING
from uuid import UUID

from benchmarks.scratch import scratch_database

if TYPE_CHECKING:
    from benchmarks.killing import Ran

_CONSUMERS = "benchmarks.telling.Listener,benchmarks.telling.Choosy"


def main() -> int:
    """Storm, count, replay, count, measure, print. Returns 1 if anything did not hold."""
    options = _options()
    os.environ["OUTBOX_CONSUMERS"] = _CONSUMERS
    with scratch_database("outbox"):
        from benchmarks import telling  # noqa: PLC0415  (models need the settings)

        ids = telling.prepare(options.aggregates)
        wrong = _storm(ids, options)
        wrong += _counted("dead letters", {"not given up with its reason": telling.count(telling.GIVEN_UP)})
        wrong += _replay()
        wrong += _steady(ids, options)
        wrong += _counted("all rows", telling.violations())
        wrong += _integrity()
    print(f"{wrong} violations")
    return 1 if wrong else 0


def _storm(ids: list[UUID], options: argparse.Namespace) -> int:
    from benchmarks.killing import Storm  # noqa: PLC0415

    storm = Storm(
        ids=ids, events=options.events, writers=options.writers, relays=2, seed=options.seed, every=options.every
    )
    ran = storm.run(minutes=options.minutes)
    print(
        f"{ran.told:,} events of {len(ids):,} aggregates by {options.writers} writers ({ran.undone:,} more undone) "
        f"in {ran.written_seconds:.1f} s, {ran.told / ran.written_seconds:,.0f}/s\n"
        f"all heard by 2 consumers after {ran.seconds:.1f} s, {ran.told / ran.seconds:,.0f} events/s, "
        f"{ran.deliveries / ran.seconds:,.0f} deliveries/s\n"
        f"{sum(ran.kills.values())} kills: " + ", ".join(f"{kind} {number}" for kind, number in ran.kills.items())
    )
    _print_lag("writing as fast as possible, with kills", ran)
    return _outcome(ran)


def _steady(ids: list[UUID], options: argparse.Namespace) -> int:
    from benchmarks.killing import Storm  # noqa: PLC0415

    events = int(options.rate * options.steady_seconds)
    if not events:
        return 0
    ran = Storm(ids=ids, events=events, writers=1, relays=1, seed=options.seed + 1, every=None, rate=options.rate).run(
        minutes=options.minutes
    )
    _print_lag(f"{options.rate:g} events/s, without kills", ran)
    return _outcome(ran)


def _outcome(ran: "Ran") -> int:
    return _counted("processes", {"ended by themselves": ran.died, "not all heard in time": int(not ran.drained)})


def _replay() -> int:
    """Have staff replay every dead letter, once the consumer takes them."""
    from benchmarks import telling  # noqa: PLC0415
    from core.outbox import relay  # noqa: PLC0415
    from core.outbox.models import OutboxDelivery  # noqa: PLC0415
    from core.outbox.services import replay  # noqa: PLC0415

    telling.show_mercy()
    dead = list(OutboxDelivery.objects.values_list("pk", flat=True))
    for pk in dead:
        replay(delivery_id=pk)
    report = relay.run_once()
    print(f"{len(dead)} dead letters replayed, {report.delivered} heard")
    return _counted("replay", {"not heard": len(dead) - report.delivered})


def _integrity() -> int:
    from core.integrity import check_integrity  # noqa: PLC0415
    from core.outbox.integrity import OUTBOX  # noqa: PLC0415

    outcomes = check_integrity(only=[check.code for check in OUTBOX]).outcomes
    return _counted("check_integrity", {outcome.code: outcome.violations for outcome in outcomes})


def _counted(of: str, broken: dict[str, int]) -> int:
    for what, number in broken.items():
        if number:
            print(f"VIOLATION, {of}: {what}: {number}")
    return sum(broken.values())


def _print_lag(when: str, ran: "Ran") -> None:
    """From when an event happened, in its transaction, until the consumer that hears all was seen to have it."""
    from core.outbox.models import OutboxEvent  # noqa: PLC0415

    reached = [position for _at, position in ran.seen]
    placed = OutboxEvent.objects.filter(position__gt=ran.before).values_list("position", "occurred_at")
    lags = [
        ran.seen[at][0] - occurred.timestamp()
        for position, occurred in placed
        if (at := bisect_left(reached, position)) < len(reached)
    ]
    at: Callable[[int], float] = lambda percent: quantiles(lags, n=100)[percent - 1] * 1_000  # noqa: E731
    print(f"lag, {when}: p50 {at(50):,.0f} ms, p95 {at(95):,.0f} ms, longest {max(lags) * 1_000:,.0f} ms", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outbox", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000, metavar="N")
    parser.add_argument("--aggregates", type=int, default=3_000, metavar="N")
    parser.add_argument("--writers", type=int, default=4, metavar="N")
    parser.add_argument("--every", type=float, default=4, metavar="S", help="seconds from kill to kill, on average")
    parser.add_argument("--minutes", type=float, default=10, metavar="M", help="by when all has to be heard")
    parser.add_argument("--rate", type=float, default=100, metavar="N", help="events a second, undisturbed")
    parser.add_argument("--steady-seconds", type=float, default=20, metavar="S", help="how long undisturbed")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
