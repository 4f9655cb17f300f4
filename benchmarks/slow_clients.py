"""What slow clients cost everybody else, and what the front costs: `python -m benchmarks.slow_clients`.

Serves a filled shop (DATA_DIR, kept for the next run) behind Caddy as scripts/run.sh does. First it asks for lists and
pages with and without the front, in turn. Then it keeps slow clients open, a quarter each with half a header, half a
body for the API, half a body for a page, and a large picture of which they read a kilobyte a second, and asks for the
same over other connections. Last it does so without the front, where a few of them are enough. Each round ends by its
seconds.
"""

import argparse
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from benchmarks.load import Measured, Scenario, measure
from benchmarks.serving import ROOT, fronted, served

PICTURE_BYTES = 8_000_000
_PICTURE = "media/products/slow.webp"
_KINDS = [
    b"GET /en/ HTTP/1.1\r\nHost: loc",
    (
        b"POST /api/v1/cart/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100000\r\n\r\n{"
    ),
    b"POST /en/theme/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nt",
    f"GET /{_PICTURE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
]
_COLUMNS = "{:<34} {:>9} {:>8} {:>8} {:>8}"


class SlowClients:
    """So many connections that never end what they began; one that the server ends is opened again."""

    def __init__(self, port: int, count: int) -> None:
        self._port, self._over = port, threading.Event()
        self._lines = [self._open(number) for number in range(count)]
        self.reopened = 0
        self._thread = threading.Thread(target=self._linger)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        for line in self._lines:
            line.close()

    def _open(self, number: int) -> socket.socket:
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", self._port))
        line.sendall(_KINDS[number % len(_KINDS)])
        line.setblocking(False)
        return line

    def _linger(self) -> None:
        while not self._over.wait(1):
            for number, line in enumerate(self._lines):
                if self._has_ended(line):
                    line.close()
                    self._lines[number] = self._open(number)
                    self.reopened += 1

    @staticmethod
    def _has_ended(line: socket.socket) -> bool:
        try:
            return line.recv(1_000) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


def main() -> int:
    """Fill, measure, print. Returns 1 if the slow clients made others wait ten times as long."""
    options = _options()
    os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "benchmark-slow"))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ |= {"API_THROTTLE_AUTH": "", "API_THROTTLE_TRACK": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
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
    picture = Path(os.environ["DATA_DIR"]) / _PICTURE
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(bytes(PICTURE_BYTES))
    shop = Shop(seed=options.seed)
    print(
        f"{shop.total:,} products, {options.connections} connections, {options.rounds} rounds of {options.seconds:g} s"
    )
    print(_COLUMNS.format("", "units/s", "p50 ms", "p95 ms", "p99 ms"))
    with _servers() as ports:
        for scenario in (shop.product_list, shop.category_page):
            _compare(scenario, ports, options)
        alone = _measured(shop.product_list, ports["front"], options)
        with SlowClients(ports["front"], options.slow) as slow:
            crowded = _measured(shop.product_list, ports["front"], options)
        _report(f"list, front, {options.slow} slow clients", crowded)
        print(f"{slow.reopened} of the slow clients were ended by the front and came again.")
        with SlowClients(ports["web"], 2 * len(_KINDS)):
            print(f"Without the front, {2 * len(_KINDS)} slow clients: {_first_answer(ports['web'])}.")
    return 1 if crowded.p95 > 10 * alone.p95 else 0


@contextmanager
def _servers() -> Iterator[dict[str, int]]:
    with served("config.wsgi:application") as web, fronted("config.wsgi:application", TRUSTED_PROXY_COUNT="1") as front:
        yield {"web": web, "front": front}


def _compare(scenario: Scenario, ports: dict[str, int], options: argparse.Namespace) -> None:
    """With and without the front in turn, so that what else the machine does falls on both."""
    rounds: dict[str, list[Measured]] = {name: [] for name in ports}
    for number in range(options.rounds + 1):
        for name, port in ports.items():
            measured = _round(scenario, port, options, number)
            if number:  # the first makes connections to the database, imports and plans
                rounds[name].append(measured)
    for name, measures in rounds.items():
        label = "front" if name == "front" else "web alone"
        _report(f"{scenario.__name__.replace('_', ' ')}, {label}", Measured.middle(measures))


def _measured(scenario: Scenario, port: int, options: argparse.Namespace) -> Measured:
    return Measured.middle([_round(scenario, port, options, number) for number in range(options.rounds)])


def _round(scenario: Scenario, port: int, options: argparse.Namespace, number: int) -> Measured:
    return measure(
        scenario, port=port, connections=options.connections, seconds=options.seconds, seed=options.seed + number
    )


def _first_answer(port: int, seconds: float = 5) -> str:
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), timeout=seconds)) as line:
        line.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return f"others are answered {line.recv(15).decode()}"
        except TimeoutError:
            return f"others are not answered within {seconds:g} s"


def _report(label: str, measured: Measured) -> None:
    figures = (f"{measured.rate:.0f}", f"{measured.p50:.1f}", f"{measured.p95:.1f}", f"{measured.p99:.1f}")
    print(_COLUMNS.format(label, *figures), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_clients", description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=1_000, metavar="N")
    parser.add_argument("--slow", type=int, default=200, metavar="N", help="slow clients")
    parser.add_argument("--connections", type=int, default=8, metavar="N")
    parser.add_argument("--seconds", type=float, default=3, metavar="S", help="for each round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of which each figure is the median")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
