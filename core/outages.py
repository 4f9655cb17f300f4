"""Services that the shop goes on without while they are away: asked again now and then, told in the log once."""

import threading
import time

import structlog

logger = structlog.get_logger(__name__)

# How long nobody asks a service again that did not answer.
RETRY_SECONDS = 3.0


class Outage:
    """Whether a service is away, as this process knows; its threads share it.

    While it is, one caller in RETRY_SECONDS asks, so that not every request waits for a connection that hangs.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._next_try = 0.0
        self.is_on = False

    def may_ask(self) -> bool:
        """Whether to ask the service: always while it answers."""
        if not self.is_on:
            return True
        with self._lock:
            if time.monotonic() < self._next_try:
                return False
            self._next_try = time.monotonic() + RETRY_SECONDS
            return True

    def begin(self, error: Exception) -> bool:
        """Note that the service did not answer; whether that is news, which is told in the log."""
        with self._lock:
            self._next_try = time.monotonic() + RETRY_SECONDS
            is_news, self.is_on = not self.is_on, True
        if is_news:
            logger.error("degraded", service=self._name, error=type(error).__name__)
        return is_news

    def end(self) -> None:
        """Note that the service answers."""
        if not self.is_on:
            return
        with self._lock:
            was_on, self.is_on = self.is_on, False
        if was_on:
            logger.warning("recovered", service=self._name)
