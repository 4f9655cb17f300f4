"""What the audit costs: `python -m benchmarks.audit_cost`.

The same rows are written by COPY, INSERT, UPDATE and DELETE, in bulk and one at a time, and guests order, with the
audit's triggers on and off in turn. Printed are medians, by the clock and as the time for which the database's process
had a core: on a machine with other work the two differ. The database is one of its own.
"""

import argparse
import os
import sys

from benchmarks.scratch import scratch_database


def main() -> int:
    """Measure and print; 0, for there is no floor."""
    options = _options()
    os.environ |= {"RATE_LIMITS_ENABLED": "false"}
    with scratch_database("audit_cost"):
        from benchmarks import auditing  # noqa: PLC0415  (models need the settings)

        print(auditing.COLUMNS.format(*auditing.HEAD))
        for rows in options.rows:
            auditing.bulk(rows, options.runs)
        auditing.single(options.single)
        auditing.orders(options.orders)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit_cost", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each statement, on and off")
    parser.add_argument("--single", type=int, default=200, metavar="N", help="writes of one row, on and off")
    parser.add_argument("--orders", type=int, default=50, metavar="N", help="checkouts, on and off")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
