"""The command `python -m config.embedded`."""

import argparse
import signal
import sys
from collections.abc import Sequence

from config import embedded


def _print_status(services: Sequence[embedded.Service]) -> int:
    for service in services:
        state = "up" if service.is_ready() else "down"
        owner = service.owner()
        print(f"{service.name}: {state}{f', stopped by process {owner}' if owner else ''}")
    return 0 if all(service.is_ready() for service in services) else 3


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m config.embedded`; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="The embedded PostgreSQL and Redis.")
    parser.add_argument("action", choices=["up", "down", "status", "owner"])
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
        elif options.action == "owner":
            print(*sorted({owner for service in services if (owner := service.owner())}))
        return _print_status(services) if options.action == "status" else 0
    except embedded.EmbeddedError as error:
        print(f"souk: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
