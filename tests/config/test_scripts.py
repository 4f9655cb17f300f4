"""scripts/run.sh, run as an operator would: what it starts, what it refuses, what it leaves behind."""

import os
import re
import shutil
import signal
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from tests.config.shop import SECONDS, Shop, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Shared by the tests of this module: the first of them pays for the migrations."""
    with tempfile.TemporaryDirectory(prefix="souk-", dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path
        embedded.stop(path)


@pytest.fixture
def shop(data_dir: Path) -> Shop:
    return Shop(data_dir)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_page_answers_and_a_signal_leaves_no_process(shop: Shop, number: signal.Signals) -> None:
    with shop.start() as process:
        until(process, "Souk is up")
        with urllib.request.urlopen(shop.url) as answer:
            assert answer.status == 200
        process.send_signal(number)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    assert shop.processes() == []
    assert (shop.data_dir / "postgres" / "PG_VERSION").exists()


def test_a_second_run_with_the_same_data_is_refused_and_a_killed_one_is_replaced(shop: Shop) -> None:
    with shop.start() as process:
        until(process, "Souk is up")
        assert re.search(r"running with these data already \(process \d+", Shop(shop.data_dir).refusal())
        process.kill()
    with shop.start() as process:
        until(process, "Souk is up")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert shop.processes() == []


def test_a_signal_during_the_start_leaves_no_process(shop: Shop) -> None:
    with shop.start() as process:
        until(process, "Bringing the database up to date")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    assert shop.processes() == []


def test_a_taken_port_is_named_before_anything_starts(data_dir: Path) -> None:
    shop = Shop(data_dir / "unused")
    with socket.create_server(("127.0.0.1", shop.port)):
        said = shop.refusal()
    assert f"cannot listen on 127.0.0.1 port {shop.port}: Address already in use" in said
    assert not (shop.data_dir / "postgres").exists()


NOWHERE = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"DATABASE_URL": f"postgres://souk:secret@{NOWHERE}/souk"},
            r"The database cannot be used: .*refused.*DATABASE_URL",
        ),
        (
            {"DATABASE_URL": "postgres://stranger@/{sockets}/souk"},
            r"The database cannot be used: .*\"stranger\" does not exist",
        ),
        ({"REDIS_URL": f"redis://{NOWHERE}/0"}, r"Redis cannot be used: .*refused.*REDIS_URL"),
        ({"REDIS_URL": "unix://stranger:wrong@{redis}?db=1"}, r"Redis cannot be used: .*password.*REDIS_URL"),
    ],
)
def test_a_server_that_cannot_be_used_is_named_in_one_line(
    data_dir: Path, variables: dict[str, str], said: str
) -> None:
    services = embedded.ensure(data_dir)
    places = {"sockets": embedded.socket_dir(data_dir), "redis": embedded.redis_socket(data_dir)}
    elsewhere = {name: value.format(**places) for name, value in variables.items()}
    given = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url} | elsewhere
    done = Shop(data_dir / "elsewhere", **given).refusal().splitlines()
    assert [line for line in done if not line.startswith(("20", "{"))] == [done[-1]]
    assert re.search(f"^souk: {said}", done[-1])
    assert "secret" not in done[-1]


@pytest.mark.parametrize("command", [["migrate"], ["check_integrity"], ["relay"]])
def test_a_command_without_its_database_says_so_in_a_line(data_dir: Path, command: list[str]) -> None:
    done = Shop(data_dir, DATABASE_URL=f"postgres://souk:secret@{NOWHERE}/souk", REDIS_URL="redis://x").manage(*command)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "refused" in line
    assert "DATABASE_URL" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("name", "value"), [("TOKEN_TTL_MINUTES", "an hour"), ("DATABASE_URL", "postgres://souk@host:port/souk")]
)
def test_a_setting_that_cannot_be_read_is_named_in_a_line(data_dir: Path, name: str, value: str) -> None:
    given = {"DATABASE_URL": f"postgres://{NOWHERE}/souk", "REDIS_URL": "redis://x"} | {name: value}
    done = Shop(data_dir, **given).manage("migrate")
    assert done.returncode != 0
    assert re.fullmatch(rf"souk: {name} cannot be read: .* \.env\.example shows its form\.\n", done.stderr)


def test_packages_that_cannot_be_had_are_told_in_a_line(tmp_path: Path) -> None:
    for name in ("scripts", "deploy"):
        shutil.copytree(embedded.BASE_DIR / name, tmp_path / name)
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(embedded.BASE_DIR / name, tmp_path)
    shop = Shop(
        tmp_path / "data", PIP_INDEX_URL=f"http://{NOWHERE}/simple", UV_DEFAULT_INDEX=f"http://{NOWHERE}/simple"
    )
    (line,) = shop.refusal(tmp_path / "scripts" / "run.sh").splitlines()
    assert line.startswith("souk: The packages could not be installed: ")
    assert "check the network" in line


def test_production_starts_migrated_and_without_a_demo(data_dir: Path) -> None:
    shop = Shop(data_dir / "production", APP_ENV="production", SHOP_URL="https://shop.souk.example", SEED_DEMO="true")
    assert "run scripts/run.sh migrate first" in shop.refusal()
    assert "The database is up to date" in shop.run("migrate").stdout
    with shop.start() as process:
        said = until(process, "Data are kept")
        users = shop.manage("shell", "-v", "0", "-c", "from accounts.models import User; print(User.objects.count())")
        process.terminate()
        process.communicate(timeout=SECONDS)
    embedded.stop(shop.data_dir)
    assert "shop    https://shop.souk.example/" in said
    assert "password" not in said
    assert users.stdout.strip() == "0", users.stderr


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "Python 3.11 or later is needed"),
        ('case "$*" in *ensurepip*) exit 1 ;; esac', "apt-get install python3-venv"),
    ],
)
def test_an_unfit_python_is_named_with_the_remedy(tmp_path: Path, data_dir: Path, script: str, message: str) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\n[ "$2" = "" ] || {{ {script}; }}\n')
    python.chmod(0o755)
    shop = Shop(data_dir / "unused", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert message in shop.refusal()


def test_a_configured_database_and_redis_are_used_as_they_are(shop: Shop, data_dir: Path) -> None:
    services = embedded.ensure(data_dir)
    elsewhere = data_dir / "elsewhere"
    other = Shop(elsewhere, DATABASE_URL=services.database_url, REDIS_URL=services.redis_url)
    with other.start() as process:
        until(process, "Souk is up")
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert not (elsewhere / "postgres").exists()
    assert not (elsewhere / "redis").exists()
    assert embedded.ensure(data_dir) == services
