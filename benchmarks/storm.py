"""Is anything sold twice or lost under load? `python -m benchmarks.storm`.

Each round puts fresh stock on sale, a variant's units split over two locations, and lets more clients loose on it than
there are units, over many connections that call the services as pages and API do. They hold, extend, change, order,
order twice at once and again later, pay, cancel, leave, let holds and orders run out, while the sweeps run and staff
carry units about. A round ends when every unit was bought for good. Then the rows are counted, and check_integrity
has to find nothing. The shop is one of its own (DATA_DIR). Ends with 1 if anything was oversold, unsold or lost, or on
a deadlock.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from statistics import quantiles
from uuid import UUID

from benchmarks.serving import ROOT
from benchmarks.tally import Kept, Part, Tally, counted, run_in_process, start_process

_DEFAULT_DATA = ROOT / ".data" / "benchmark-storm"
_COLUMNS = "{:>5} {:>7} {:>6} {:>8} {:>7} {:>7} {:>8} {:>10} {:>8} {:>11}  {}"
_HEAD = (
    "round", "orders", "kept", "orders/s", "p50/ms", "p95/ms", "retries", "deadlocks", "seconds", "violations",
    "refused",
)  # fmt: skip
_RETRIES = {"tried again", "placed again"}
# Runs the parts of a round, at once if there are several.
Crowd = Callable[[list[Part]], list[Tally]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a storm is; `connections` and `clients` are those of all processes together."""

    rounds: int
    clients: int
    connections: int
    processes: int
    variants: int
    units: int
    hold_seconds: float
    patience: float
    seed: int


@dataclass(slots=True)
class Round:
    """What came of a round."""

    tally: Tally
    seconds: float = 0.0
    deadlocks: int = 0
    violations: list[str] = field(default_factory=list)


def play(sizes: Sizes, crowd: Crowd, kept: Kept, number: int) -> Round:
    """One round: fresh stock, the clients, and what the rows say afterwards."""
    from benchmarks import shelf, verdict  # noqa: PLC0415  (models need the settings)

    halves = [sizes.units - sizes.units // 2, sizes.units // 2]
    shelf.offer_delivery()
    variants = [shelf.new_variant(halves).pk for _number in range(sizes.variants)]
    kept[:] = [0] * sizes.variants
    parts = [_part(sizes, variants, f"{sizes.seed}/{number}/{process}", process) for process in range(sizes.processes)]
    before, began, tally = verdict.deadlocks(), time.perf_counter(), Tally()
    for one in crowd(parts):
        tally.add(one)
    played = Round(tally, seconds=time.perf_counter() - began, deadlocks=verdict.deadlocks() - before)
    played.violations = verdict.violations(variants=variants, units=sizes.units, tally=tally)
    if played.deadlocks:
        played.violations.append(f"error: {played.deadlocks} deadlocks")
    return played


def _part(sizes: Sizes, variants: list[UUID], seed: str, process: int) -> Part:
    return Part(
        seed=seed,
        clients=_share(sizes.clients, sizes.processes, process),
        connections=_share(sizes.connections, sizes.processes, process),
        variants=variants,
        units=sizes.units,
        hold_seconds=sizes.hold_seconds,
        until=time.time() + sizes.patience,
    )


def _share(whole: int, among: int, number: int) -> int:
    return whole // among + (number < whole % among)


@contextmanager
def _processes(sizes: Sizes, kept: Kept, *, without_locks: bool) -> Iterator[Crowd]:
    from benchmarks.shoppers import run_part  # noqa: PLC0415

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(sizes.processes, context, start_process, (kept, without_locks)) as pool:
        yield lambda parts: list(pool.map(partial(run_in_process, run_part), parts))


def _run(sizes: Sizes, *, without_locks: bool, without_check: bool) -> int:
    from benchmarks import verdict  # noqa: PLC0415

    kept = multiprocessing.get_context("spawn").Array("i", sizes.variants)
    total, wrong = Round(Tally()), 0
    print(
        f"{sizes.clients} clients over {sizes.connections} connections of {sizes.processes} processes, for "
        f"{sizes.units} units of each of {sizes.variants} variants at 2 locations; holds of {sizes.hold_seconds:g} s"
    )
    print(_COLUMNS.format(*_HEAD))
    guards = verdict.unguarded(check=without_check) if without_locks or without_check else nullcontext()
    with guards, _processes(sizes, kept, without_locks=without_locks) as crowd:
        for number in range(1, sizes.rounds + 1):
            played = play(sizes, crowd, kept, number)
            _report(str(number), played)
            wrong += bool(played.violations)
            total.tally.add(played.tally)
            total.seconds += played.seconds
            total.deadlocks += played.deadlocks
            total.violations += played.violations
    _report("all", Round(total.tally, total.seconds, total.deadlocks, []), violations=len(total.violations))
    print(f"did: {counted(total.tally.did)}")
    print(f"of {sizes.rounds * sizes.variants * sizes.units} units: {_kinds(total.violations)}")
    return 1 if wrong else 0


def _kinds(violations: list[str]) -> str:
    from benchmarks.verdict import KINDS  # noqa: PLC0415

    found = Counter(violation.partition(":")[0] for violation in violations)
    return ", ".join(f"{found[kind]} {kind}" for kind in KINDS)


def _report(name: str, played: Round, *, violations: int | None = None) -> None:
    tally = played.tally
    cuts = quantiles(tally.seconds, n=100) if len(tally.seconds) > 1 else [0.0] * 99
    orders = len({order for _cart, order in tally.answers})
    print(
        _COLUMNS.format(
            name,
            orders,
            len(tally.kept),
            f"{orders / played.seconds:.1f}",
            f"{1_000 * cuts[49]:.0f}",
            f"{1_000 * cuts[94]:.0f}",
            sum(word in _RETRIES for word in tally.did),
            played.deadlocks,
            f"{played.seconds:.1f}",
            len(played.violations) if violations is None else violations,
            counted(tally.refused),
        ),
        flush=True,
    )
    for violation in played.violations[:10]:
        print(f"      {violation}")


def main() -> int:
    """Start the services, play the rounds, print. Returns 1 if an invariant broke."""
    options = _options()
    os.environ.setdefault("DATA_DIR", str(_DEFAULT_DATA))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # The relay gives places to the events; mails would only take time.
    os.environ |= {"OUTBOX_CONSUMERS": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    from config import embedded  # noqa: PLC0415  (the environment decides where)

    embedded.start_if_needed()
    import django  # noqa: PLC0415  (needs the services that were started above)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    sizes = vars(options)
    off = {name: sizes.pop(name) for name in ("without_locks", "without_check")}
    return _run(Sizes(**sizes), **off)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, metavar="N")
    parser.add_argument("--clients", type=int, default=500, metavar="N")
    parser.add_argument("--connections", type=int, default=64, metavar="N")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="to load more than one core")
    parser.add_argument("--variants", type=int, default=20, metavar="N")
    parser.add_argument("--units", type=int, default=10, metavar="N", help="of each variant")
    parser.add_argument("--hold-seconds", type=float, default=5, metavar="S", help="also the time to pay an order")
    parser.add_argument("--patience", type=float, default=120, metavar="S", help="for a round, or it has failed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-locks", action="store_true", help="of stock, to see the storm see it")
    parser.add_argument("--without-check", action="store_true", help="of the database on stock, until the end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
