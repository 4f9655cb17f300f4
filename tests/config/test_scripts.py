"""scripts/run.sh, run as an operator would: what it starts, what it refuses, what it leaves behind."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded

pytestmark = pytest.mark.slow

RUN = embedded.BASE_DIR / "scripts" / "run.sh"
SECONDS = 120


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Shop:
    """One run.sh with data and port of its own."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        own = {"DATABASE_URL": "", "REDIS_URL": "", "EMBEDDED_FAST": "1", "SEED_DEMO": "false"}
        where = {"DATA_DIR": str(data_dir), "HOST": "127.0.0.1", "PORT": str(self.port)}
        self.environment = os.environ | own | where | variables

    def start(self) -> subprocess.Popen[str]:
        # Where the tests run in the background, a shell has them ignore Ctrl-C, and what they start inherits that.
        command = ["env", "--default-signal=INT", RUN]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def refusal(self) -> str:
        """What a start that cannot succeed says."""
        done = subprocess.run([RUN], env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode != 0
        return done.stderr

    def processes(self) -> list[int]:
        """Every living process that was started for this data directory: all inherit the variable or its path."""
        mark = f"DATA_DIR={self.data_dir}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes() or (entry / "cwd").readlink().is_relative_to(self.data_dir):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


def until(process: subprocess.Popen[str], line: str) -> str:
    """The output up to the line that contains the text."""
    assert process.stdout is not None
    said = ""
    for output in process.stdout:
        said += output
        if line in output:
            return said
    raise AssertionError(f"ended before {line!r}:\n{said}")


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Shared by the tests of this module: the first of them pays for the migrations."""
    with tempfile.TemporaryDirectory(prefix="souk-", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path
        embedded.stop(path)


@pytest.fixture
def shop(data_dir: Path) -> Shop:
    return Shop(data_dir)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_page_answers_and_a_signal_leaves_no_process(shop: Shop, number: signal.Signals) -> None:
    with shop.start() as process:
        until(process, "Souk is up")
        with urllib.request.urlopen(shop.url) as answer:
            assert answer.status == 200
        process.send_signal(number)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    assert shop.processes() == []
    assert (shop.data_dir / "postgres" / "PG_VERSION").exists()


def test_a_second_run_with_the_same_data_is_refused_and_a_killed_one_is_replaced(shop: Shop) -> None:
    with shop.start() as process:
        until(process, "Souk is up")
        assert re.search(r"running with these data already \(process \d+", Shop(shop.data_dir).refusal())
        process.kill()
    with shop.start() as process:
        until(process, "Souk is up")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert shop.processes() == []


def test_a_signal_during_the_start_leaves_no_process(shop: Shop) -> None:
    with shop.start() as process:
        until(process, "Bringing the database up to date")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    assert shop.processes() == []


def test_a_taken_port_is_named_before_anything_starts(data_dir: Path) -> None:
    shop = Shop(data_dir / "unused")
    with socket.create_server(("127.0.0.1", shop.port)):
        said = shop.refusal()
    assert f"cannot listen on 127.0.0.1 port {shop.port}: Address already in use" in said
    assert not (shop.data_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "Python 3.11 or later is needed"),
        ('case "$*" in *ensurepip*) exit 1 ;; esac', "apt-get install python3-venv"),
    ],
)
def test_an_unfit_python_is_named_with_the_remedy(tmp_path: Path, data_dir: Path, script: str, message: str) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\n[ "$2" = "" ] || {{ {script}; }}\n')
    python.chmod(0o755)
    shop = Shop(data_dir / "unused", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert message in shop.refusal()


def test_a_configured_database_and_redis_are_used_as_they_are(shop: Shop, data_dir: Path) -> None:
    services = embedded.ensure(data_dir)
    elsewhere = data_dir / "elsewhere"
    other = Shop(elsewhere, DATABASE_URL=services.database_url, REDIS_URL=services.redis_url)
    with other.start() as process:
        until(process, "Souk is up")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert not (elsewhere / "postgres").exists()
    assert not (elsewhere / "redis").exists()
    assert embedded.ensure(data_dir) == services
