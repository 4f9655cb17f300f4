"""A shop that scripts/run.sh runs, as an operator has it."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from config import embedded

RUN = embedded.BASE_DIR / "scripts" / "run.sh"
# Many times what a step takes on a machine that is at rest.
SECONDS = 240


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
        # The browser's tests set it for their own process; production refuses to start with it.
        inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
        self.environment = inherited | own | where | variables

    def start(self) -> subprocess.Popen[str]:
        # Where the tests run in the background, a shell has them ignore Ctrl-C, and what they start inherits that.
        command = ["env", "--default-signal=INT", RUN]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str, script: Path = RUN) -> subprocess.CompletedProcess[str]:
        """Run run.sh to its end."""
        command = [script, *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py in the shop's environment."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "config.settings", "SHOP_URL": self.url},
            cwd=embedded.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def refusal(self, script: Path = RUN) -> str:
        """What a start that cannot succeed says."""
        done = self.run(script=script)
        assert done.returncode != 0
        assert "Souk is up" not in done.stdout
        return done.stderr

    def log(self, name: str) -> str:
        """What a process of the shop has written."""
        return (self.data_dir / "logs" / f"{name}.log").read_text()

    def pid(self, name: str) -> int:
        """The process that the supervisor runs under this name."""
        found = re.findall(rf"^{name} +RUNNING +pid (\d+)", self.run("status").stdout, re.MULTILINE)
        return int(found[0]) if found else 0

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
