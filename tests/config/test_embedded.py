"""The embedded services, each test on a data directory of its own; commands run as an operator's would."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded
from config.embedded.processes import processes_in

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "config.embedded"]
START = [sys.executable, "-c", "from config import embedded; embedded.start_if_needed()"]


def run(command: list[str], data_dir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {"DATABASE_URL": "", "REDIS_URL": "", "EMBEDDED_FAST": "1", "DATA_DIR": str(data_dir)}
    environment = os.environ | own | variables
    return subprocess.run(
        command, env=environment, cwd=embedded.BASE_DIR, capture_output=True, text=True, timeout=120, check=False
    )


def pids(data_dir: Path, name: str, command: str) -> set[int]:
    return processes_in(data_dir / name, command)


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def connect(data_dir: Path) -> psycopg.Connection:
    return psycopg.connect(
        host=str(embedded.socket_dir(data_dir)), port=5432, user="postgres", dbname="souk", autocommit=True
    )


def setting(data_dir: Path, name: str) -> str:
    with connect(data_dir) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # pytest's own temporary folders are closed to the user that root's PostgreSQL runs as, and long.
    with tempfile.TemporaryDirectory(prefix="souk-", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path
        embedded.stop(path)


def test_the_first_start_brings_up_an_empty_database_and_a_redis(data_dir: Path) -> None:
    done = run(START, data_dir)
    assert done.returncode == 0, done.stderr
    assert setting(data_dir, "server_version").startswith("18")
    assert redis.Redis(unix_socket_path=str(embedded.redis_socket(data_dir))).ping()


def test_the_shop_keeps_its_data_through_a_stop(data_dir: Path) -> None:
    run(START, data_dir)
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    embedded.stop(data_dir)
    run(START, data_dir)
    with connect(data_dir) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_demo_shop_writes_durably_and_tests_need_not(data_dir: Path) -> None:
    run(START, data_dir, EMBEDDED_FAST="")
    assert setting(data_dir, "fsync") == "on"
    embedded.stop(data_dir)
    run(START, data_dir, EMBEDDED_FAST="1")
    assert setting(data_dir, "fsync") == "off"


def test_only_the_servers_user_can_enter_the_sockets_folder(data_dir: Path) -> None:
    run(START, data_dir)
    assert embedded.socket_dir(data_dir).stat().st_mode & 0o777 == 0o700


def test_six_starts_at_once_give_one_server_each(data_dir: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: run(START, data_dir), range(6)))
    assert [done.stderr for done in results if done.returncode] == []
    assert len(pids(data_dir, "redis", "redis-server")) == 1
    children = pids(data_dir, "postgres", "postgres")
    assert [pid for pid in children if parent(pid) not in children] == [postmaster(data_dir)]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_a_start_recovers_what_kill_9_left(data_dir: Path) -> None:
    run(START, data_dir, EMBEDDED_FAST="")
    with connect(data_dir) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    for pid in (postmaster(data_dir), *pids(data_dir, "redis", "redis-server")):
        os.kill(pid, signal.SIGKILL)
    done = run(START, data_dir)
    assert done.returncode == 0, done.stderr
    with connect(data_dir) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_pid_file_whose_number_a_stranger_has_does_not_block_the_start(data_dir: Path) -> None:
    run(START, data_dir)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    embedded.stop(data_dir)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        done = run(START, data_dir)
        assert done.returncode == 0, done.stderr
        embedded.stop(data_dir)
        assert stranger.poll() is None
        stranger.kill()


def test_a_start_cut_in_half_is_repaired_by_the_next(data_dir: Path) -> None:
    (data_dir / "postgres.new-cut").mkdir()
    (data_dir / "postgres.new-cut" / "PG_VERSION").write_text("18\n")
    done = run(START, data_dir)
    assert done.returncode == 0, done.stderr
    assert not (data_dir / "postgres.new-cut").exists()


def test_removing_the_data_directory_under_the_servers_gives_new_ones(data_dir: Path) -> None:
    run(START, data_dir)
    removed = pids(data_dir, "redis", "redis-server") | {postmaster(data_dir)}
    subprocess.run(["rm", "-rf", *data_dir.iterdir()], check=True)
    done = run(START, data_dir)
    assert done.returncode == 0, done.stderr
    assert not removed & (pids(data_dir, "redis", "redis-server") | pids(data_dir, "postgres", "postgres"))
    assert not [pid for pid in removed if Path(f"/proc/{pid}/cwd").exists()]


def test_a_data_directory_too_deep_for_a_socket_works(data_dir: Path) -> None:
    deep = data_dir / ("with a space " + "x" * 90)
    sockets = embedded.socket_dir(deep)
    try:
        done = run(START, deep)
        assert done.returncode == 0, done.stderr
        assert not sockets.is_relative_to(deep)
        assert setting(deep, "server_version").startswith("18")
    finally:
        embedded.stop(deep)
        subprocess.run(["rm", "-rf", sockets], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_root_may_keep_the_data_in_a_folder_closed_to_others(data_dir: Path) -> None:
    data_dir.chmod(0o700)
    done = run(START, data_dir)
    assert done.returncode == 0, done.stderr


def test_a_configured_database_and_redis_leave_the_embedded_ones_down(data_dir: Path) -> None:
    done = run(START, data_dir, DATABASE_URL="postgres://db.example/souk", REDIS_URL="redis://cache.example")
    assert done.returncode == 0, done.stderr
    assert list(data_dir.iterdir()) == []


def test_a_configured_database_leaves_only_redis_to_start(data_dir: Path) -> None:
    run(START, data_dir, DATABASE_URL="postgres://db.example/souk")
    assert pids(data_dir, "redis", "redis-server")
    assert not (data_dir / "postgres").exists()


def test_reading_the_settings_starts_nothing(data_dir: Path) -> None:
    done = run([sys.executable, "-c", "import config.settings"], data_dir)
    assert done.returncode == 0, done.stderr
    assert not (data_dir / "postgres").exists()
    assert not (data_dir / "redis").exists()


def test_only_the_owner_stops_what_was_started_for_it(data_dir: Path) -> None:
    run([*COMMAND, "up", "--owner", str(os.getpid())], data_dir)
    run([*COMMAND, "down", "--owner", "1"], data_dir)
    assert run([*COMMAND, "status"], data_dir).returncode == 0
    run([*COMMAND, "down", "--owner", str(os.getpid())], data_dir)
    assert run([*COMMAND, "status"], data_dir).returncode == 3
    assert not pids(data_dir, "postgres", "postgres")


def test_servers_that_another_command_started_get_no_owner(data_dir: Path) -> None:
    run(START, data_dir)
    run([*COMMAND, "up", "--owner", str(os.getpid())], data_dir)
    run([*COMMAND, "down", "--owner", str(os.getpid())], data_dir)
    assert run([*COMMAND, "status"], data_dir).returncode == 0


def test_what_a_killed_owner_left_is_taken_over(data_dir: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as first:
        run([*COMMAND, "up", "--owner", str(first.pid)], data_dir)
        first.kill()
    assert run([*COMMAND, "owner"], data_dir).stdout.strip() == ""
    run([*COMMAND, "up", "--owner", str(os.getpid())], data_dir)
    assert run([*COMMAND, "owner"], data_dir).stdout.strip() == str(os.getpid())


def test_a_socket_folder_of_a_stranger_is_refused(data_dir: Path) -> None:
    (data_dir / "sock").symlink_to("/tmp")
    done = run(START, data_dir)
    assert done.returncode == 1
    assert "belongs to another user" in done.stderr
