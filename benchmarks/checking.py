"""How long check_integrity takes: `python -m benchmarks.checking --orders 1000000`.

Fills a shop of its own (DATA_DIR, kept for the next run), makes every check as the command does, and prints beside the
seconds by the clock those that the database's process worked: on a machine with other work the two differ.
"""

import argparse
import os
import time
from pathlib import Path

from benchmarks.serving import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


def worked(pid: int) -> float:
    """Seconds for which a process of this machine has had a core."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def run(*, products: int, customers: int, orders: int) -> bool:
    """Fill, check and print; False if something drifted or could not be checked."""
    from django.core.management import call_command  # noqa: PLC0415 - the services are up only now
    from django.db import connection  # noqa: PLC0415

    from core.integrity import check_integrity, registered  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    call_command("sampledata", products=products, customers=customers, orders=orders, seed=1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    clean, began, before = True, time.perf_counter(), worked(pid)
    for code in registered():
        start = worked(pid)
        [outcome] = check_integrity(only=[code]).outcomes
        print(f"{code:<30} {outcome.seconds:8.2f} s {worked(pid) - start:8.2f} s worked  {outcome.violations} rows")
        clean = clean and not (outcome.violations or outcome.error)
    print(f"{'all':<30} {time.perf_counter() - began:8.2f} s {worked(pid) - before:8.2f} s worked")
    return clean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, size in (("products", 20_000), ("customers", 50_000), ("orders", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=size, metavar="N")
    sizes = vars(parser.parse_args())
    os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "benchmark-integrity"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 - the settings are read from what stands in the environment now

    from config import embedded  # noqa: PLC0415

    embedded.start_if_needed()
    django.setup()
    raise SystemExit(0 if run(**sizes) else 1)


if __name__ == "__main__":
    main()
