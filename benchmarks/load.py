"""Asks a server over as many connections as wanted, checks every answer and says how long they took.

One asyncio loop speaks HTTP/1.1 on plain sockets: a load generator that needs the processor itself would slow the
server it measures, as both share the machine.
"""

import asyncio
import random
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median, quantiles
from typing import Any, Self

import orjson

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; a `body` is sent as JSON."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        content = b"" if self.body is None else orjson.dumps(self.body)
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if content:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join(lines).encode() + _HEAD_END + content


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


# A unit of work: requests one after another, each decided on the answer before. It raises WrongAnswer.
Scenario = Callable[[random.Random], Generator[Request, Answer, None]]


class WrongAnswer(Exception):
    """The server answered something else than the database says."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Units a second and milliseconds a unit."""

    units: int
    seconds: float
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        return self.units / self.seconds

    @classmethod
    def middle(cls, rounds: Sequence[Self]) -> Self:
        """The round of median speed, with the median of each percentile."""
        middle = sorted(rounds, key=lambda one: one.rate)[len(rounds) // 2]
        percentiles = {name: median(getattr(one, name) for one in rounds) for name in ("p50", "p95", "p99")}
        return replace(middle, **percentiles)


def measure(scenario: Scenario, *, port: int, connections: int, seconds: float, seed: int = 1) -> Measured:
    """Repeat a scenario over so many connections for so long. Raises WrongAnswer at the first one."""
    return asyncio.run(_measure(scenario, port, connections, seconds, seed))


async def _measure(scenario: Scenario, port: int, connections: int, seconds: float, seed: int) -> Measured:
    lines = [await _Connection.to(port) for _number in range(connections)]
    times: list[float] = []
    start = time.perf_counter()
    until = start + seconds
    try:
        async with asyncio.TaskGroup() as group:
            for number, line in enumerate(lines):
                group.create_task(_repeat(scenario, line, random.Random(f"{seed}/{number}"), until, times))
    finally:
        for line in lines:
            line.close()
    took = time.perf_counter() - start
    cuts = quantiles(times, n=100) if len(times) > 1 else [times[0]] * 99
    return Measured(len(times), took, *(1_000 * cuts[percent - 1] for percent in (50, 95, 99)))


async def _repeat(
    scenario: Scenario, line: "_Connection", rng: random.Random, until: float, times: list[float]
) -> None:
    while time.perf_counter() < until:
        start = time.perf_counter()
        steps = scenario(rng)
        request = next(steps)
        try:
            while True:
                request = steps.send(await line.ask(request))
        except StopIteration:
            times.append(time.perf_counter() - start)


class _Connection:
    """A connection that is kept; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "_Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: Request) -> Answer:
        self._writer.write(request.raw())
        head = await self._reader.readuntil(_HEAD_END)
        status, *lines = head.split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line[:15].lower() == b"content-length:")
        return Answer(int(status[9:12]), await self._reader.readexactly(length))

    def close(self) -> None:
        self._writer.close()
