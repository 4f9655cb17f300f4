"""The shop goes on while Redis is stopped or hangs, and afterwards all is as it was."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from celery import Celery
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis import Redis
from rest_framework.test import APIClient

from config.celery import app
from config.embedded import servers
from core import outages
from core.queue import broker_outage, send_on_commit
from orders.models import Order
from tests.api import V1, given
from tests.checkout.test_pages import ADDRESS
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.inventory import stocked_variant
from tests.factories.shipping import ShippingMethodFactory
from tests.mails import mailed_key

pytestmark = pytest.mark.django_db

PASSWORD = "a-good-password-1"


class Stoppable:
    """A Redis of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"
        self.start()

    def start(self) -> None:
        command = [str(servers.Redis(self.socket.parent).binary()), "--port", "0", "--unixsocket", str(self.socket)]
        self.process = subprocess.Popen([*command, "--dir", str(self.socket.parent), "--save", ""])
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                Redis(unix_socket_path=str(self.socket)).ping()
            except OSError:
                threading.Event().wait(0.05)
            except Exception:  # noqa: BLE001  (whatever it says while it loads)
                threading.Event().wait(0.05)
            else:
                return
        raise AssertionError("Redis did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def broker() -> Iterator[Callable[[str], None]]:
    """Lets tasks be sent to another broker."""

    def use(url: str) -> None:
        other = Celery("other", broker=url)
        other.conf.broker_transport_options = app.conf.broker_transport_options
        other.set_current()

    yield use
    app.set_current()
    broker_outage.end()


@pytest.fixture
def redis(
    settings: Settings, broker: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any
) -> Iterator[Stoppable]:
    server = Stoppable(tmp_path_factory.mktemp("r"))
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": server.url}}
    monkeypatch.setattr(outages, "RETRY_SECONDS", 0.2)
    broker(f"redis+socket://{server.socket}")
    yield server
    server.go_on()
    server.stop()


def wait_until_asked_again() -> None:
    threading.Event().wait(outages.RETRY_SECONDS * 1.5)


def order_as_guest(client: Client) -> Any:
    client.post("/en/cart/items/", {"variant": stocked_variant(5).pk, "quantity": 2})
    client.post("/en/checkout/address/", ADDRESS)
    client.post("/en/checkout/delivery/", {"choice": "standard"})
    client.post("/en/checkout/payment/", {"choice": "cash_on_delivery"})
    page = client.get("/en/checkout/review/")
    return client.post("/en/checkout/review/", {"cart": page.context["quote"].cart.pk}, follow=True)


@pytest.mark.parametrize("how", ["stop", "hang"])
def test_shopper_staff_and_integrator_go_on(redis: Stoppable, client: Client, how: str) -> None:
    ShippingMethodFactory()
    amina = UserFactory(email="amina@souk.example")
    EmailAddress.objects.create(user=amina, email=amina.email, primary=True, verified=True)
    StaffFactory(username="staff")
    getattr(redis, how)()
    begun = time.monotonic()

    assert order_as_guest(client).status_code == 200
    assert Order.objects.count() == 1
    by_page = Client()
    by_page.post("/en/account/login/", {"login": amina.email, "password": PASSWORD})
    assert "amina@souk.example" in by_page.get("/en/account/profile/", follow=True).text
    staff = Client()
    staff.post("/admin/login/", {"login": "staff", "username": "staff", "password": PASSWORD})
    assert staff.get("/admin/", follow=True).status_code == 200
    sign_up = {
        "email": "new@souk.example",
        "username": "newcomer",
        "password1": "olive-lantern-72",
        "password2": "olive-lantern-72",
    }
    assert Client().post("/en/account/signup/", sign_up).status_code == 302
    assert mailed_key()
    api = APIClient()
    access = given(api.post(f"{V1}/auth/login", {"login": amina.email, "password": PASSWORD}))["access"]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    given(api.post(f"{V1}/cart/items", {"variant_id": stocked_variant(5).pk}), 201)
    said = {"shipping_address": postal(), "shipping_method": "standard", "payment_provider": "cash_on_delivery"}
    given(api.post(f"{V1}/checkout/place", said), 201)

    health = client.get("/health/ready")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    assert health.json()["checks"] == {"database": "ok", "cache": "degraded", "broker": "degraded"}
    assert time.monotonic() - begun < 60


def test_who_logged_out_meanwhile_stays_out_and_all_is_well_again(redis: Stoppable) -> None:
    UserFactory(username="amina")
    leaving, staying = Client(), Client()
    for browser in (leaving, staying):
        browser.post("/en/account/login/", {"login": "amina", "password": PASSWORD})
    cookie = leaving.cookies["sessionid"].value
    redis.hang()
    leaving.post("/en/account/logout/")
    redis.go_on()
    wait_until_asked_again()
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert thief.get("/en/account/profile/").status_code == 302
    assert staying.get("/en/account/profile/").status_code == 200
    assert staying.get("/health/ready").json()["status"] == "ok"


class TestTheCache:
    def test_what_was_written_meanwhile_is_not_read_as_it_was_before(self, redis: Stoppable) -> None:
        cache.set("kept", "old", timeout=None)
        cache.set("gone", "old", timeout=None)
        redis.hang()
        cache.set("kept", "new", timeout=None)
        cache.delete("gone")
        assert (cache.get("kept"), cache.get("gone")) == ("new", None)
        redis.go_on()
        wait_until_asked_again()
        assert (cache.get("kept"), cache.get("gone")) == (None, None)

    def test_counters_go_on_in_the_process(self, redis: Stoppable) -> None:
        redis.stop()
        assert cache.add("count", 1, timeout=60)
        assert not cache.add("count", 1, timeout=60)
        assert cache.incr("count") == 2
        assert cache.get_many(["count", "other"]) == {"count": 2}
        assert "count" in cache
        cache.set_many({"a": 1, "b": 2}, timeout=60)
        cache.delete_many(["a"])
        assert cache.get_many(["a", "b"]) == {"b": 2}
        assert cache.touch("b", 10)

    def test_nothing_of_an_earlier_outage_is_read_in_the_next(self, redis: Stoppable) -> None:
        redis.hang()
        cache.set("mark", "first outage")
        redis.go_on()
        wait_until_asked_again()
        cache.get("mark")
        redis.hang()
        assert cache.get("mark") is None

    def test_only_one_in_a_while_waits_for_a_redis_that_hangs(self, redis: Stoppable, monkeypatch: Any) -> None:
        monkeypatch.setattr(outages, "RETRY_SECONDS", 30.0)
        redis.hang()
        begun = time.monotonic()
        for _ in range(50):
            cache.get("anything")
        assert time.monotonic() - begun < 3

    def test_the_log_says_so_once(self, redis: Stoppable, caplog: pytest.LogCaptureFixture) -> None:
        redis.stop()
        for _ in range(5):
            cache.get("anything")
        redis.start()
        wait_until_asked_again()
        cache.get("anything")
        events = [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]
        assert [event for event in events if event in {"degraded", "recovered"}] == ["degraded", "recovered"]


def test_a_task_for_a_broker_that_accepts_and_never_answers_is_not_waited_for(
    broker: Callable[[str], None], django_capture_on_commit_callbacks: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        begun = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True):
            for _ in range(20):
                send_on_commit("notifications.tasks.send_due_messages")
        assert time.monotonic() - begun < 6
        assert broker_outage.is_on
