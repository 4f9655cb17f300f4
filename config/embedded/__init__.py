"""PostgreSQL and Redis for a shop that was given neither, run from its data directory.

The servers are the binaries that two wheels of `requirements-dev.txt` carry, called directly. Any command
starts them under a file lock; they live in sessions of their own, so a Ctrl-C in a terminal does not reach
them; only the owner they were started for (`--owner`, the process of `scripts/run.sh`) stops them.

A PID file may be stale and its number taken by a stranger, so none is believed: a server is up when it
answers, and a process is one of ours when its working directory is the server's home.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ

from config.embedded.runner import EmbeddedError
from config.embedded.servers import (
    DATABASE_NAME,
    DATABASE_PORT,
    DATABASE_USER,
    Postgres,
    Redis,
    Service,
    redis_socket,
    socket_dir,
)

__all__ = [
    "BASE_DIR",
    "DATABASE_PORT",
    "EmbeddedError",
    "EmbeddedServices",
    "Service",
    "configured_data_dir",
    "ensure",
    "redis_socket",
    "services_of",
    "socket_dir",
    "start_if_needed",
    "stop",
    "wanted_services",
]

BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class EmbeddedServices:
    """Addresses of the running services, in the form of `DATABASE_URL` and `REDIS_URL`."""

    database_url: str
    redis_url: str


def ensure(data_dir: Path, *, database: bool = True, redis: bool = True, owner: int | None = None) -> EmbeddedServices:
    """Start the wanted services unless they answer, and return the addresses of both.

    `owner` is the process that will stop what is started by this call; it also takes over what a dead owner
    left running. Raises EmbeddedError. Safe to call from several processes at once.
    """
    data_dir = data_dir.resolve()
    services = services_of(data_dir, database=database, redis=redis)
    if owner is not None or not all(service.is_ready() for service in services):
        with _lock(data_dir):
            for service in services:
                service.ensure(owner)
    return EmbeddedServices(
        database_url=f"postgres://{DATABASE_USER}@/{socket_dir(data_dir)}/{DATABASE_NAME}",
        redis_url=f"unix://{redis_socket(data_dir)}?db=1",
    )


def stop(data_dir: Path, *, owner: int | None = None) -> None:
    """Stop both services, or with `owner` only those started for that process. Raises EmbeddedError."""
    data_dir = data_dir.resolve()
    if not data_dir.is_dir():
        return
    with _lock(data_dir):
        for service in services_of(data_dir):
            if owner is None or service.owner() == owner:
                service.stop()


def start_if_needed() -> None:
    """Start what the environment (or `.env`) gives no address for; a few milliseconds when all is up.

    Ends the process with the reason when that is not possible.
    """
    wanted = wanted_services()
    if not any(wanted.values()):
        return
    try:
        ensure(configured_data_dir(), **wanted)
    except EmbeddedError as error:
        raise SystemExit(f"souk: {error}") from error


def services_of(data_dir: Path, *, database: bool = True, redis: bool = True) -> list[Service]:
    """The chosen servers of a data directory, up or down."""
    services: list[Service] = []
    if database:
        services.append(Postgres(data_dir))
    if redis:
        services.append(Redis(data_dir))
    return services


@contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / "embedded.lock").open("w")
    except PermissionError as error:
        raise EmbeddedError(
            f"{data_dir} belongs to another user: run as that user, or set DATA_DIR to a folder of your own"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wanted_services() -> dict[str, bool]:
    """Which services the environment (or `.env`) gives no address for, as arguments of `ensure`."""
    if (dotenv := BASE_DIR / ".env").exists():
        environ.Env.read_env(str(dotenv))
    return {"database": not os.environ.get("DATABASE_URL"), "redis": not os.environ.get("REDIS_URL")}


def configured_data_dir() -> Path:
    """DATA_DIR, or `.data` in the checkout."""
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()
