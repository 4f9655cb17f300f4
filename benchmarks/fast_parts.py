"""What each part of the fast path gains: `python -m benchmarks.fast_parts`.

Serves the shop and the shop without one part (benchmarks/without.py) side by side, and asks them in turn, so that what
else the machine does falls on both. Prints the medians of units a second, and their ratio: 1.10 is a tenth more with
the part.
"""

import argparse
import os
import sys
from statistics import median

from benchmarks.load import Measured, Scenario, measure
from benchmarks.serving import ROOT, served
from benchmarks.without import AFTER, BEFORE

_SCENARIOS = ("product_list", "product_detail", "category_page", "product_page", "cart_add", "checkout")
_COLUMNS = "{:<20} {:<15} {:>9} {:>9} {:>7}"


def main() -> int:
    """Fill, measure, print."""
    options = _options()
    os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "benchmark"))
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
    from benchmarks.scenarios import Shop  # noqa: PLC0415

    fill(products=options.products)
    shop = Shop(seed=options.seed)
    print(f"{shop.total:,} products on sale, medians of {options.rounds} rounds of {options.seconds:g} s in turn")
    print(_COLUMNS.format("without", "", "with/s", "without/s", "ratio"), flush=True)
    for part in options.parts or BEFORE | AFTER:
        with (
            served("config.wsgi:application") as whole,
            served("benchmarks.without:application", BENCHMARK_WITHOUT=part) as lacking,
        ):
            for name in options.only or _SCENARIOS:
                _compare(part, name, getattr(shop, name), (whole, lacking), options)
    return 0


def _compare(part: str, name: str, scenario: Scenario, ports: tuple[int, int], options: argparse.Namespace) -> None:
    rounds: list[list[Measured]] = [[], []]
    for number in range(options.rounds + 1):
        for side, port in enumerate(ports):
            one = measure(scenario, port=port, connections=8, seconds=options.seconds, seed=options.seed + number)
            if number:  # the first makes connections to the database, imports and plans
                rounds[side].append(one)
    whole, lacking = (median(one.rate for one in side) for side in rounds)
    print(
        _COLUMNS.format(part, name.replace("_", " "), f"{whole:.0f}", f"{lacking:.0f}", f"{whole / lacking:.2f}"),
        flush=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fast_parts", description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=10_000, metavar="N")
    parser.add_argument("--seconds", type=float, default=2, metavar="S", help="for each round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of which each figure is the median")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=_SCENARIOS, metavar="NAME", help=", ".join(_SCENARIOS))
    parser.add_argument("--parts", nargs="+", choices=[*BEFORE, *AFTER], metavar="PART")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
