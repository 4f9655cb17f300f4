"""A shop that runs: who disturbs it, what dies in it and what changes under it does not stop it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import stat
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from config import embedded
from config.embedded.processes import processes_in, wait_until
from tests.config.shop import SECONDS, Shop, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CART = "from tests.factories.checkout import cart_ready_to_order; print(cart_ready_to_order().token)"
# A machine that is busy elsewhere takes its time to start a web; a request waits for it.
PATIENCE = 180
SERVICES = ("front", "web", "worker", "relay", "beat")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """One shop with a few products for the whole module."""
    with tempfile.TemporaryDirectory(prefix="souk-", dir="/tmp") as name:
        running = Shop(Path(name), FRONT_PATIENCE=f"{PATIENCE}s")
        with running.start() as process:
            try:
                until(process, "Souk is up")
                threading.Thread(target=process.stdout.read, daemon=True).start()  # or its pipe fills up
                yield running
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(SECONDS)
        assert running.processes() == []
        embedded.stop(Path(name))


def ask(shop: Shop, path: str, body: Any = None, method: str | None = None, **headers: str) -> tuple[int, bytes]:
    content = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json"} if content else {}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{shop.url}{path}", content, given | names, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def serves(shop: Shop) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return ask(shop, "en/")[0] == 200
    return False


# --- Mails ----------------------------------------------------------------------------------------


def test_every_link_in_an_orders_mail_leads_to_the_shop_where_it_listens(shop: Shop) -> None:
    token = shop.manage("shell", "--verbosity=0", f"--command={CART}").stdout.strip()
    status, answer = ask(shop, "api/v1/checkout/place", {}, "POST", X_Cart_Token=token)
    assert status == 201, answer

    mails = shop.data_dir / "mail"
    # A mail is there whole when the line is that Django writes below it.
    assert wait_until(lambda: mails.exists() and any("-" * 79 in one.read_text() for one in mails.iterdir()), SECONDS)
    text = next(mails.iterdir()).read_text().replace("=\n", "").replace("=3D", "=")
    links = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert links
    for link in links:
        assert link.startswith(shop.url)
        assert ask(shop, link.removeprefix(shop.url))[0] == 200, link


# --- Slow clients and large bodies ----------------------------------------------------------------

HALVES = [
    (
        b"POST /api/v1/cart/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100000\r\n\r\n{"
    ),
    b"POST /en/theme/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nt",
    b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nu",
    b"PUT /api/v1/products/x/images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"GET /en/ HTTP/1.1\r\nHost: loc",
]


@pytest.mark.parametrize("half", HALVES)
def test_who_sends_half_a_request_keeps_nobody_else_waiting(shop: Shop, half: bytes) -> None:
    with contextlib.ExitStack() as lines:
        for _number in range(20):
            lines.enter_context(socket.create_connection(("127.0.0.1", shop.port))).sendall(half)
        for path in ("en/", "api/v1/products"):
            assert ask(shop, path)[0] == 200


@pytest.mark.parametrize("path", ["media/products/large.webp", "en/"])
def test_who_reads_slowly_keeps_nobody_else_waiting(shop: Shop, path: str) -> None:
    folder = shop.data_dir / "media" / "products"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "large.webp").write_bytes(bytes(8_000_000))
    with contextlib.ExitStack() as lines:
        for _number in range(20):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", shop.port))
            lines.enter_context(line).sendall(f"GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert ask(shop, "en/")[0] == 200


def refusal_of_body(shop: Shop, path: str, length: int) -> tuple[int, dict[str, str], bytes]:
    line = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE)
    line.putrequest("POST", path)
    line.putheader("Content-Length", str(length))
    line.endheaders(b"x")
    answer = line.getresponse()
    return answer.status, dict(answer.headers), answer.read()


def test_a_body_beyond_its_kind_is_refused_before_it_comes(shop: Shop) -> None:
    status, _headers, body = refusal_of_body(shop, "/api/v1/cart/items", 4_000_000)
    assert (status, json.loads(body)["error_code"]) == (413, "body_too_large")
    status, _headers, body = refusal_of_body(shop, "/fr/account/login/", 400_000_000)
    assert status == 413
    for words in ("too much to send at once", "trop volumineux", "كبير جدًا"):
        assert words in body.decode()
    assert refusal_of_body(shop, "/admin/catalog/product/add/", 400_000_000)[0] == 413


@pytest.mark.parametrize("claim", ["6.6.6.6", "6.6.6.6, 7.7.7.7", "127.0.0.1, 6.6.6.6"])
def test_nobody_claims_another_address(shop: Shop, claim: str) -> None:
    ask(shop, "en/?claimed", X_Forwarded_For=claim, X_Real_IP="6.6.6.6", Forwarded="for=6.6.6.6")
    seen = {json.loads(line).get("ip") for line in shop.log("web").splitlines() if line.startswith("{")} - {None}
    assert seen == {"127.0.0.1"}


# --- Files ----------------------------------------------------------------------------------------


def headers_of(shop: Shop, path: str, **headers: str) -> dict[str, str]:
    request = urllib.request.Request(f"{shop.url}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return dict(answer.headers) | {"length": str(len(answer.read()))}


def test_static_files_and_pictures_are_kept_by_browsers_and_travel_compressed(shop: Shop) -> None:
    page = ask(shop, "en/")[1].decode()
    (style, *_rest) = re.findall(r'href="/(static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    plain, packed = headers_of(shop, style), headers_of(shop, style, **{"Accept-Encoding": "gzip"})
    assert "immutable" in plain["Cache-Control"]
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["length"]) < int(plain["length"]) / 2
    folder = shop.data_dir / "media" / "products"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.webp").write_bytes(b"RIFF")
    assert "immutable" in headers_of(shop, "media/products/a.webp")["Cache-Control"]
    assert headers_of(shop, "en/", **{"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"


def test_a_tag_that_came_with_a_compressed_answer_is_good_for_asking_again(shop: Shop) -> None:
    packed = headers_of(shop, "api/v1/products", **{"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert ask(shop, "api/v1/products", If_None_Match=packed["Etag"], Accept_Encoding="gzip")[0] == 304


def test_what_does_not_exist_is_told_by_the_shop(shop: Shop) -> None:
    for path in (
        "static/nowhere.css",
        "media/nowhere.webp",
        "media/",
        "static/../../secret_key",
        "media/%2e%2e/secret_key",
    ):
        status, body = ask(shop, path)
        assert status in {400, 404}, path
        assert b"secret" not in body


# --- Logs -----------------------------------------------------------------------------------------


def test_data_and_logs_are_nobody_elses(shop: Shop) -> None:
    for folder in ("logs", "run", "mail"):
        assert stat.S_IMODE((shop.data_dir / folder).stat().st_mode) == 0o700, folder
    assert not stat.S_IMODE(shop.data_dir.stat().st_mode) & 0o044
    for log in (shop.data_dir / "logs").iterdir():
        assert stat.S_IMODE(log.stat().st_mode) == 0o600, log


# --- What dies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SERVICES)
def test_a_process_that_is_killed_is_started_again_and_the_log_says_so(shop: Shop, name: str) -> None:
    before, said = shop.pid(name), len(shop.log("supervisord"))
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: shop.pid(name) not in (0, before), SECONDS)
    assert wait_until(lambda: serves(shop), SECONDS)
    assert f"exited: {name} (terminated by SIGKILL; not expected)" in shop.log("supervisord")[said:]


@pytest.mark.parametrize(("name", "command"), [("postgres", "postgres"), ("redis", "redis-server")])
def test_an_embedded_server_that_is_killed_is_started_again(shop: Shop, name: str, command: str) -> None:
    home = shop.data_dir / name
    before = int((home / ("postmaster.pid" if name == "postgres" else "redis.pid")).read_text().split()[0])
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: processes_in(home, command) - {before} != set() and serves(shop), SECONDS)
    assert wait_until(lambda: ask(shop, "health/ready")[0] == 200, SECONDS)


def test_nothing_of_a_killed_web_or_worker_is_left_beside_its_successor(shop: Shop) -> None:
    marks = (b"granian", b"worker\0--concurrency")

    def processes() -> list[int]:
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in shop.processes()]
        return [sum(mark in command for command in commands) for mark in marks]

    assert wait_until(lambda: processes() == [3, 3], SECONDS), processes()


# --- What changes ---------------------------------------------------------------------------------


class Load:
    """Requests one after another, by three shoppers and a buyer, for as long as something else goes on."""

    def __init__(self, shop: Shop) -> None:
        self.answers: list[int | str] = []
        self._shop, self._over = shop, threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=(number,)) for number in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, number: int) -> None:
        while not self._over.is_set():
            try:
                status, _body = ask(self._shop, "en/theme/", {}) if number == 3 else ask(self._shop, "health/live")
                self.answers.append(status)
            except (OSError, http.client.HTTPException) as error:
                self.answers.append(repr(error))


def test_new_code_is_taken_up_without_failing_a_request(shop: Shop) -> None:
    def workers() -> set[int]:
        return {int(pid) for pid in Path(f"/proc/{web}/task/{web}/children").read_text().split()}

    web = shop.pid("web")
    before = workers()
    with Load(shop) as load:
        done = shop.run("reload")
        assert done.returncode == 0, done.stderr
        assert wait_until(lambda: not workers() & before and len(workers()) >= 2, SECONDS)
    assert set(load.answers) == {200}
    assert shop.pid("web") == web


def test_a_web_that_is_started_anew_fails_no_request(shop: Shop) -> None:
    with Load(shop) as load:
        os.kill(before := shop.pid("web"), signal.SIGTERM)
        assert wait_until(lambda: shop.pid("web") not in (0, before), SECONDS)
        assert wait_until(lambda: serves(shop), SECONDS)
    assert set(load.answers) == {200}
