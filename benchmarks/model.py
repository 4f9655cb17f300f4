"""The shop against an oracle in memory, at random: `python -m benchmarks.model --steps 10000`.

Three shoppers, staff and time do what they can to two variants, by a hypothesis state machine (benchmarks.machine);
after each step the shop and the oracle have to say the same, and each refusal has to be the oracle's. Prints how often
each thing was done, and for what diverges the shortest way there.
"""

import argparse
import sys
import time
import traceback

from benchmarks.shops import own_shop

_STEPS_OF_AN_EXAMPLE = 50


def run(*, steps: int, seed: int) -> int:
    """Go so many steps at least; returns 1 if shop and oracle ever diverged."""
    from hypothesis import HealthCheck, Phase, Verbosity, settings  # noqa: PLC0415  (the services are up only now)
    from hypothesis import seed as seeded  # noqa: PLC0415
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    from benchmarks.machine import ShopMachine  # noqa: PLC0415

    began, failures = time.perf_counter(), 0
    while (taken := _taken(ShopMachine.done)) < steps and not failures:
        examples = settings(
            max_examples=-(-(steps - taken) // _STEPS_OF_AN_EXAMPLE),
            stateful_step_count=_STEPS_OF_AN_EXAMPLE,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            verbosity=Verbosity.normal,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run_state_machine_as_test(seeded(seed)(ShopMachine), settings=examples)
        except Exception:  # noqa: BLE001  whatever it is, it is printed with the way there
            traceback.print_exc()
            failures += 1
        seed += 1
    for what, times in sorted(ShopMachine.done.items()):
        print(f"{what:<16} {times:>6}")
    print(f"{_taken(ShopMachine.done):,} steps in {time.perf_counter() - began:.0f} s, {failures} failures")
    return 1 if failures else 0


def _taken(done: "dict[str, int]") -> int:
    return sum(times for what, times in done.items() if what != "refused")


def main() -> int:
    """Read the options, and go in a shop of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with own_shop("model"):
        return run(steps=options.steps, seed=options.seed)


if __name__ == "__main__":
    sys.exit(main())
