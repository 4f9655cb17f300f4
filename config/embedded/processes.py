"""Processes as the kernel shows them: no PID file is believed."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def processes_in(folder: Path, command: str) -> set[int]:
    """Living processes of that name with that working directory: every process of both servers has its home."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() == command and (entry / "cwd").readlink() == folder:
                found.add(int(entry.name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return found


def read_pid(path: Path) -> int | None:
    """The number a PID file begins with; whose it is has to be asked elsewhere."""
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def identity(pid: int) -> str:
    """A process, told apart from a later one with the same number by its start in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return f"{pid} {fields[19]}"


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within that many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def send_signal(pid: int, number: signal.Signals) -> bool:
    """Send a signal; False if the process has ended since it was looked at."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
