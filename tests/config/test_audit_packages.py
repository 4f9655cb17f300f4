"""scripts/audit_packages.py against a vulnerability service of the test's own, and against none."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from config import embedded

pytestmark = pytest.mark.slow

SCRIPT = embedded.BASE_DIR / "scripts" / "audit_packages.py"


class Service(ThreadingHTTPServer):
    """Answers as OSV does; ``flawed`` is the one package that it warns of."""

    flawed = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/query"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        assert isinstance(self.server, Service)
        body = json.dumps(_flaw(name) if name == self.server.flawed else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Says nothing."""


def _flaw(name: str) -> dict[str, Any]:
    mended = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}
    affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [mended]}
    return {"vulns": [{"id": "TEST-2026-1", "summary": "A hole", "affected": [affected]}]}


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def audit(url: str) -> subprocess.CompletedProcess[str]:
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url, "PATH": found, "NO_PROXY": "127.0.0.1"}
    return subprocess.run(
        [sys.executable, SCRIPT], env=os.environ | own, capture_output=True, text=True, timeout=600, check=False
    )


def test_packages_that_nobody_warns_of_pass(service: Service) -> None:
    done = audit(service.url)

    assert (done.returncode, done.stderr) == (0, "")
    assert " packages audited, 0 known vulnerabilities." in done.stdout


def test_a_known_vulnerability_fails_and_names_the_release_that_mends_it(service: Service) -> None:
    service.flawed = "pillow"

    done = audit(service.url)

    assert done.returncode == 1
    assert "TEST-2026-1, mended by 99.1" in done.stdout


def test_a_service_that_cannot_be_reached_is_told_and_passes() -> None:
    with Service(("127.0.0.1", 0), Handler) as gone:
        url = gone.url

    done = audit(url)

    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be reached" in done.stdout


def test_a_failure_that_is_not_the_networks_fails() -> None:
    done = audit("no address")

    assert done.returncode == 1
    assert done.stderr
