"""What comes of two things at one moment? `python -m benchmarks.races` tries every pair, in both orders.

The first of a pair is held after its first lock, then after its second and so on, until the second is through or waits
for it; then both are let go together, some times over. A pair's line tells how often what came of it; what may come of
it, and what has to hold afterwards, is in benchmarks.pairs. Ends with 1 if something else came, on a deadlock, or if
check_integrity finds anything.
"""

import argparse
import os
import sys
from collections import Counter
from itertools import product

from benchmarks.serving import ROOT

_DEFAULT_DATA = ROOT / ".data" / "benchmark-storm"


def run(*, locks: int, times: int) -> int:
    """Try all pairs and print; returns how many violations there were."""
    from benchmarks import pairs, verdict  # noqa: PLC0415  (models need the settings)

    before, tried, wrong = verdict.deadlocks(), 0, 0
    for first, second in product(pairs.ACTIONS, repeat=2):
        outcomes: Counter[tuple[str, str]] = Counter()
        for outcome, violations in pairs.try_pair(first, second, locks=locks, times=times):
            outcomes[outcome] += 1
            for violation in violations:
                print(f"{first} × {second}: {violation}")
            wrong += len(violations)
        tried += outcomes.total()
        told = ", ".join(f"{' + '.join(outcome)} {number}" for outcome, number in outcomes.most_common())
        print(f"{first + ' × ' + second:<36} {told}", flush=True)
    drift = pairs.drift()
    deadlocks = verdict.deadlocks() - before
    print(*drift, sep="\n", end="\n" if drift else "")
    told = f"{wrong} violations, {deadlocks} deadlocks, {len(drift)} drifts"
    print(f"{len(pairs.ACTIONS) ** 2} pairs, {tried} races: {told}")
    return wrong + deadlocks + len(drift)


def main() -> int:
    """Start the services, try, print. Returns 1 if an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.races", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--locks", type=int, default=5, metavar="N", help="hold the first after each of so many locks")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="let both go together so often")
    options = parser.parse_args()
    os.environ.setdefault("DATA_DIR", str(_DEFAULT_DATA))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ |= {"OUTBOX_CONSUMERS": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    from config import embedded  # noqa: PLC0415  (the environment decides where)

    embedded.start_if_needed()
    import django  # noqa: PLC0415  (needs the services that were started above)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    return 1 if run(**vars(options)) else 0


if __name__ == "__main__":
    sys.exit(main())
