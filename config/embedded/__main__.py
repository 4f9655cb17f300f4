"""The command `python -m config.embedded`."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from config import embedded

_WATCH_SECONDS = 1.0


def _print_status(services: Sequence[embedded.Service]) -> int:
    for service in services:
        state = "up" if service.is_ready() else "down"
        owner = service.owner()
        print(f"{service.name}: {state}{f', stopped by process {owner}' if owner else ''}")
    return 0 if all(service.is_ready() for service in services) else 3


def _watch(data_dir: Path, wanted: dict[str, bool], owner: int | None) -> None:
    """Start what has died again, for ever; returns at once if nothing embedded is wanted."""
    services = embedded.services_of(data_dir, **wanted)
    while services:
        down = [service.name for service in services if not service.is_ready()]
        if down:
            print(f"{' and '.join(down)} does not answer and is started again.", flush=True)
            try:
                embedded.ensure(data_dir, **wanted, owner=owner)
            except embedded.EmbeddedError as error:
                print(f"souk: {error}", file=sys.stderr, flush=True)
        time.sleep(_WATCH_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m config.embedded`; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="The embedded PostgreSQL and Redis.")
    parser.add_argument("action", choices=["up", "down", "status", "owner", "watch"])
    parser.add_argument("--owner", type=int, metavar="PID", help="the process that stops what it had started")
    options = parser.parse_args(arguments)
    wanted, data_dir = embedded.wanted_services(), embedded.configured_data_dir()
    services = embedded.services_of(data_dir, **wanted)
    try:
        if options.action == "up":
            # A start cut in half is finished first: the caller's next step is to stop what was started.
            signal.signal(signal.SIGINT, lambda *_: None)
            signal.signal(signal.SIGTERM, lambda *_: None)
            embedded.ensure(data_dir, **wanted, owner=options.owner)
        elif options.action == "down":
            embedded.stop(data_dir, owner=options.owner)
            for service in services:
                if service.answers():
                    print(f"{service.name} was running before and goes on; python -m config.embedded down ends it.")
        elif options.action == "watch":
            _watch(data_dir, wanted, options.owner)
        elif options.action == "owner":
            print(*sorted({owner for service in services if (owner := service.owner())}))
        return _print_status(services) if options.action == "status" else 0
    except embedded.EmbeddedError as error:
        print(f"souk: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
