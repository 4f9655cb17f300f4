"""The shop against its floors: `python -m benchmarks`.

Fills a shop of its own (DATA_DIR, kept for the next run), serves it as scripts/run.sh does, and asks for random pages
over many connections, nothing cached, every answer decoded and held against the database. Each round has connections
of its own: a worker keeps those that fell to it, by chance more or fewer than the others. Beside each figure stand a
bare Django view's that answers the same bytes under the same server, and the floor: a multiple of what django-oscar
4.2 with oscarapi 3.3 on PostgreSQL 18 reached on two cores with 10,000 products, 2 workers and 16 connections (8 for
the checkout).
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Answer, Measured, Request, Scenario, measure
from benchmarks.serving import ROOT, served

_DEFAULT_DATA = ROOT / ".data" / "benchmark"


@dataclass(frozen=True)
class Floor:
    """django-oscar's units a second, and how many times as many Souk has to reach; the most queries and ms a unit."""

    peer: float | None
    times: float | None
    queries: int | None
    p95: float | None = None


FLOORS = {
    "product_list": Floor(542, 1, 4),
    "product_detail": Floor(257, 3, 4),
    "search": Floor(None, None, None),
    "category_page": Floor(42.5, 5, None),
    "product_page": Floor(116, 3, None),
    "cart_add": Floor(115, 2, None),
    "checkout": Floor(42.8, 2, 40, p95=150),
}
_COLUMNS = "{:<15} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8} {:>6} {:>7}"


def main() -> int:
    """Fill, count, measure, print. Returns 1 if a floor was missed."""
    options = _options()
    os.environ.setdefault("DATA_DIR", str(_DEFAULT_DATA))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ |= {"RATE_LIMITS_ENABLED": "false", "DJANGO_SETTINGS_MODULE": "config.settings"}
    from config import embedded  # noqa: PLC0415  (the environment decides where)

    embedded.start_if_needed()
    try:
        return _run(options)
    finally:
        if not os.environ.get("DATABASE_URL"):
            embedded.stop(embedded.configured_data_dir())


def _run(options: argparse.Namespace) -> int:
    import django  # noqa: PLC0415  (needs the services that were started above)

    django.setup()
    from benchmarks.filling import fill  # noqa: PLC0415
    from benchmarks.queries import queries_of  # noqa: PLC0415
    from benchmarks.scenarios import Shop  # noqa: PLC0415

    fill(products=options.products)
    shop = Shop(seed=options.seed)
    sizes = f"{shop.total:,} products on sale, {options.connections} connections"
    print(f"{sizes}, medians of {options.rounds} rounds of {options.seconds:g} s")
    print(
        _COLUMNS.format(
            "", "units/s", "p50 ms", "p95 ms", "p99 ms", "queries", "kB", "oscar", "times", "floor", "", "bare/s"
        )
    )
    missed = 0
    for name in options.only or FLOORS:
        scenario: Scenario = getattr(shop, name)
        queries, answers = queries_of(scenario, options.seed)
        measured = _measure_shop(scenario, name, options)
        bare = _measure_bare(answers, options)
        missed += _report(name, measured, bare, queries, answers)
    return 1 if missed else 0


def _measure_shop(scenario: Scenario, name: str, options: argparse.Namespace) -> Measured:
    connections = options.connections // 2 if name == "checkout" else options.connections
    with served("config.wsgi:application") as port:
        measure(scenario, port=port, connections=connections, seconds=1, seed=options.seed - 1)  # imports, plans
        rounds = [
            measure(scenario, port=port, connections=connections, seconds=options.seconds, seed=options.seed + number)
            for number in range(options.rounds)
        ]
    return Measured.middle(rounds)


def _measure_bare(answers: list[Answer], options: argparse.Namespace) -> Measured:
    """The same bytes, as many requests a unit."""
    with tempfile.TemporaryDirectory() as folder:
        for number, answer in enumerate(answers):
            (Path(folder) / str(number)).write_bytes(answer.body)

        def scenario(_rng: object) -> object:
            for number in range(len(answers)):
                yield Request("GET", f"/{number}")

        with served("benchmarks.bare:application", BARE_ANSWERS=folder) as port:
            return measure(scenario, port=port, connections=options.connections, seconds=min(options.seconds, 2))


def _report(name: str, measured: Measured, bare: Measured, queries: int, answers: list[Answer]) -> bool:
    floor = FLOORS[name]
    wanted = floor.peer * floor.times if floor.peer and floor.times else None
    too_slow = wanted is not None and (measured.rate < wanted or measured.p95 > (floor.p95 or measured.p95))
    too_many = floor.queries is not None and queries > floor.queries
    print(
        _COLUMNS.format(
            name.replace("_", " "),
            f"{measured.rate:.0f}",
            f"{measured.p50:.1f}",
            f"{measured.p95:.1f}",
            f"{measured.p99:.1f}",
            queries,
            f"{sum(len(answer.body) for answer in answers) / 1_000:.1f}",
            floor.peer or "",
            f"{measured.rate / floor.peer:.2f}" if floor.peer else "",
            f"{wanted:.0f}" if wanted else "",
            "" if wanted is None else "MISSED" if too_slow or too_many else "held",
            f"{bare.rate:.0f}",
        ),
        flush=True,
    )
    return too_slow or too_many


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=10_000, metavar="N")
    parser.add_argument("--connections", type=int, default=16, metavar="N", help="half as many for the checkout")
    parser.add_argument("--seconds", type=float, default=4, metavar="S", help="for each round")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of which each figure is the median")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=FLOORS, metavar="NAME", help=", ".join(FLOORS))
    options = parser.parse_args()
    if options.rounds < 1 or options.rounds % 2 == 0:
        parser.error("--rounds: an odd number of them has a median")
    return options


if __name__ == "__main__":
    sys.exit(main())
