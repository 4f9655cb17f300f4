"""Other processes come and go while we look at them."""

import signal
import subprocess

from config.embedded.processes import send_signal


def test_a_process_that_has_ended_meanwhile_needs_no_signal() -> None:
    """As PostgreSQL's children do when their postmaster is killed first."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert send_signal(ended.pid, signal.SIGKILL) is False


def test_a_living_process_gets_it() -> None:
    with subprocess.Popen(["sleep", "60"]) as living:
        assert send_signal(living.pid, signal.SIGTERM) is True
        assert living.wait() == -signal.SIGTERM
