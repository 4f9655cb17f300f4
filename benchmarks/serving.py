"""The servers that are measured: Souk as scripts/run.sh serves it, and a bare Django view under the same server."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
CADDY = str(Path(sys.executable).with_name("caddy"))
_PATIENCE = 60
_GRANIAN = [
    sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", str(WORKERS),
    "--blocking-threads", "1", "--respawn-failed-workers", "--workers-kill-timeout", "3s", "--log-level", "warning",
]  # fmt: skip


@contextmanager
def served(target: str, **environment: str) -> Iterator[int]:
    """A WSGI application behind granian as deploy/supervisord.conf runs it, without the front; gives its port."""
    port = _free_port()
    command = [*_GRANIAN, "--host", "127.0.0.1", "--port", str(port), target]
    with _running(command, port, environment):
        yield port


@contextmanager
def fronted(target: str, **environment: str) -> Iterator[int]:
    """The same on a Unix socket, behind Caddy with the shop's own configuration; gives Caddy's port."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="souk-", dir="/tmp") as folder:
        front = {
            "DATA_DIR": os.environ["DATA_DIR"], "RUN_DIR": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder,
            "FRONT_ADDRESS": f"http://:{port}", "FRONT_BIND": "127.0.0.1", "FRONT_PATIENCE": "30s",
            "FRONT_ERRORS": str(ROOT / "deploy" / "errors"), "TRUSTED_PROXIES": "", "UPLOAD_MAX_BYTES": "101000000",
            "BODY_MAX_BYTES": "3600000",
        }  # fmt: skip
        socket_path = Path(folder) / "web.sock"
        web = [*_GRANIAN, "--uds", str(socket_path), "--uds-permissions", "0o600", target]
        caddy = [CADDY, "run", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
        with _running(web, socket_path, environment), _running(caddy, port, front):
            yield port


@contextmanager
def _running(command: list[str], address: int | Path, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_for(address, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(address: int | Path, process: subprocess.Popen[bytes]) -> None:
    family = socket.AF_INET if isinstance(address, int) else socket.AF_UNIX
    place = ("127.0.0.1", address) if isinstance(address, int) else str(address)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("The server ended before it answered.")
        with socket.socket(family) as caller:
            if caller.connect_ex(place) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not listen within {_PATIENCE} s.")
