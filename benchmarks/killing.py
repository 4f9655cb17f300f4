"""Relays and writers as processes, and the hand that kills them at random moments and starts them again."""

import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now

from benchmarks import telling
from core import clock
from core.db.advisory_locks import AdvisoryLock
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery
from core.outbox.selectors import lag

# A fork costs milliseconds, a new interpreter two seconds of a core: so there is time for many kills.
_FORK = multiprocessing.get_context("fork")
_LOOK_SECONDS = 0.02
# A retry comes seconds to minutes later; here the clock is put forward for all of them this often.
_HURRY_SECONDS = 0.5
_LONG_AGO = timedelta(hours=1)
_PATIENCE = 30
_KILLS = {"relay at work": 9, "other relay": 3, "both relays": 3, "writer": 3, "session cut": 2}
_TOLD = "SELECT coalesce(sum(told), 0) FROM telling.aggregate"
_NOTES = "SELECT count(*) FROM telling.note"
_AT_WORK = """
    SELECT activity.application_name, activity.pid FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND classid = %s
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(slots=True)
class Ran:
    """What came of it; `seen` is when the consumer that hears all was seen at which position, from `before` on."""

    before: int
    told: int = 0
    undone: int = 0
    deliveries: int = 0
    written_seconds: float = 0.0
    seconds: float = 0.0
    died: int = 0
    drained: bool = False
    kills: Counter[str] = field(default_factory=Counter)
    seen: list[tuple[float, int]] = field(default_factory=list)


class Storm:
    """So many events by so many writers, told by relays; one of the processes is killed `every` so many seconds."""

    def __init__(
        self, *, ids: list[UUID], events: int, writers: int, relays: int, seed: int, every: float | None,
        rate: float | None = None,
    ) -> None:  # fmt: skip
        self.ids, self.every, self.rate = ids, every, rate
        self.rng = random.Random(seed)
        self.goals = [events * (number + 1) // writers - events * number // writers for number in range(writers)]
        # Of each writer, told and undone; written by nobody else, so without a lock that it could die with.
        self.counts: list[Any] = [_FORK.Array("q", 2, lock=False) for _writer in range(writers)]
        self.log = Path(settings.DATA_DIR) / "benchmark-outbox.log"
        self.started = 0
        self.relays = dict(self._relay() for _number in range(relays))
        self.writers = [self._writer(number) for number in range(writers)]

    def run(self, *, minutes: float) -> Ran:
        """Until all was written and heard, or the time is over."""
        ran, start = Ran(before=_position(RELAY)), time.monotonic()
        told, notes = telling.count(_TOLD), telling.count(_NOTES)
        next_kill, next_hurry = start + self._pause(), start
        try:
            while not ran.drained and time.monotonic() < start + 60 * minutes:
                ran.seen.append((time.time(), _position(telling.LISTENER)))
                if time.monotonic() > next_kill:
                    self._kill(ran)
                    next_kill = time.monotonic() + self._pause()
                self._restart_dead(ran)
                if not ran.written_seconds and all(self._is_done(number) for number in range(len(self.writers))):
                    ran.written_seconds = time.monotonic() - start
                if time.monotonic() > next_hurry:
                    ran.drained = _hurry() and bool(ran.written_seconds)
                    next_hurry = time.monotonic() + _HURRY_SECONDS
                time.sleep(_LOOK_SECONDS)
        finally:
            ran.seconds = time.monotonic() - start
            self._stop()
        ran.written_seconds = ran.written_seconds or ran.seconds
        ran.told, ran.deliveries = telling.count(_TOLD) - told, telling.count(_NOTES) - notes
        ran.undone = sum(undone for _told, undone in self.counts)
        return ran

    def _pause(self) -> float:
        return self.rng.expovariate(1 / self.every) if self.every else float("inf")

    def _is_done(self, number: int) -> bool:
        return bool(self.counts[number][0] >= self.goals[number]) and not self.writers[number].is_alive()

    # --- Processes ---

    def _start(self, name: str, target: Any, *arguments: Any) -> BaseProcess:
        connection.close()  # a session is not shared with a child
        process = _FORK.Process(target=_child, args=(name, self.log, target, *arguments), daemon=True)
        process.start()
        return process

    def _relay(self) -> tuple[str, BaseProcess]:
        self.started += 1
        name = f"relay {self.started}"
        return name, self._start(name, call_command, "relay")

    def _writer(self, number: int) -> BaseProcess:
        self.started += 1
        seed = f"{self.rng.random()}"
        return self._start(f"writer {self.started}", self._write, number, seed)

    def _write(self, number: int, seed: str) -> None:
        counts = self.counts[number]

        def done(told: int, undone: int) -> None:
            counts[0] += told
            counts[1] += undone

        telling.write(ids=self.ids, seed=seed, goal=self.goals[number] - counts[0], rate=self.rate, done=done)

    def _restart_dead(self, ran: Ran) -> None:
        """Nobody but `_kill` ends a process before its work is done."""
        for name in [name for name, process in self.relays.items() if not process.is_alive()]:
            ran.died += 1
            self._replace_relay(name)
        for number, writer in enumerate(self.writers):
            if not writer.is_alive() and not self._is_done(number):
                ran.died += 1
                self.writers[number] = self._writer(number)

    def _stop(self) -> None:
        for process in (*self.relays.values(), *self.writers):
            process.terminate()
        for process in (*self.relays.values(), *self.writers):
            process.join(_PATIENCE)
            process.kill()

    # --- Kills ---

    def _kill(self, ran: Ran) -> None:
        at_work, pid = _at_work()
        others = [name for name in self.relays if name != at_work]
        [kind] = self.rng.choices(list(_KILLS), list(_KILLS.values()))
        if kind == "writer":
            if not (writing := [number for number, writer in enumerate(self.writers) if writer.is_alive()]):
                return
            number = self.rng.choice(writing)
            _end(self.writers[number])
            self.writers[number] = self._writer(number)
        elif at_work not in self.relays:
            return  # it was killed a moment ago, and the other has not noticed yet
        elif kind == "session cut":
            telling.count(f"SELECT pg_terminate_backend({pid})::int")
        else:
            names = {"relay at work": [at_work], "other relay": others, "both relays": list(self.relays)}[kind]
            for name in names:
                _end(self.relays[name])
            for name in names:
                self._replace_relay(name)
        ran.kills[kind] += 1

    def _replace_relay(self, name: str) -> None:
        del self.relays[name]
        self.relays.update([self._relay()])


def _child(name: str, log: Path, target: Any, *arguments: Any) -> None:
    os.environ["PGAPPNAME"] = name
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    target(*arguments)


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join()


def _at_work() -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_AT_WORK, [int(AdvisoryLock.OUTBOX_RELAY)])
        return cursor.fetchone() or ("", 0)


def _position(name: str) -> int:
    return OutboxCursor.objects.filter(name=name).values_list("position", flat=True).first() or 0


def _hurry() -> bool:
    """Make every retry due now; whether nothing is left to be told."""
    later = OutboxDelivery.objects.filter(status=OutboxDelivery.Status.WAITING, next_attempt_at__gt=Now())
    later.update(next_attempt_at=clock.now() - _LONG_AGO)  # before the pass at hand began, which goes by its start
    left = lag()
    return not (left.waiting or left.parked or any(left.behind.values()))
