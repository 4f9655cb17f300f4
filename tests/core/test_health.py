"""Health: alive is one thing, able to serve is another."""

import pytest
from celery import current_app
from django.conf import LazySettings
from django.test import Client

from core.outbox.models import OutboxEvent
from tests.factories.checkout import confirmed_order

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/health/ready", "/health"])
def test_ready_names_database_cache_and_broker(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "cache": "ok", "broker": "ok"}


def test_ready_tells_how_far_behind_the_outbox_is(client: Client) -> None:
    confirmed_order()
    outbox = client.get("/health/ready").json()["outbox"]
    assert (outbox["waiting"], outbox["parked"], outbox["dead"]) == (OutboxEvent.objects.count(), 0, 0)
    assert outbox["waiting"] >= 2  # placed and confirmed


def test_an_unreachable_cache_is_named_and_the_shop_goes_on(client: Client, settings: LazySettings) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"] == {"database": "ok", "cache": "degraded", "broker": "ok"}


def test_an_unreachable_broker_is_named_and_the_shop_goes_on(client: Client) -> None:
    before = current_app.conf.broker_url
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        answer = client.get("/health/ready")
    finally:
        current_app.conf.broker_url = before
    assert answer.status_code == 200
    assert answer.json()["checks"]["broker"] == "degraded"


def test_all_log_lines_of_a_request_share_an_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        client.get("/robots.txt")
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert {line["event"] for line in lines} == {"request_started", "request_finished"}
    assert len({line["request_id"] for line in lines}) == 1


@pytest.mark.parametrize("host", ["10.0.0.7", "10.0.0.7:8000", "[fd00::7]", "name.of.a.container", "under_score"])
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_a_load_balancer_may_ask_by_a_name_that_the_shop_does_not_have(client: Client, host: str, path: str) -> None:
    assert client.get("/en/", headers={"Host": host}).status_code == 400
    assert client.get(path, headers={"Host": host}).status_code == 200
