"""What every test starts from: quick password hashes, files in a temporary place, the cache empty."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from rest_framework.test import APIClient

from config import embedded
from core import clock
from core.fast import process_cache as kept
from core.shop_settings import values as shop_values

# Whoever runs the tests needs no server running: they bring up the embedded ones like any command.
embedded.start_if_needed()


def _cache_of(worker: str, location: str) -> str:
    """The address of a Redis database of a parallel worker's own: clearing the cache empties the whole database."""
    number = int(worker.removeprefix("gw")) + 2
    if location.startswith("unix:"):
        return f"{location.partition('?')[0]}?db={number}"
    return urlsplit(location)._replace(path=f"/{number}").geturl()


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    settings.CACHES["default"]["LOCATION"] = _cache_of(worker, settings.CACHES["default"]["LOCATION"])
# A machine that is busy elsewhere makes an example slow, not wrong.
hypothesis_settings.register_profile("souk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("souk")
# WhiteNoise warns of a missing folder, and nothing has been collected.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _fast_and_isolated(settings: Settings, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.RATE_LIMITS = {}
    # The test client's host, so that it can follow a mail's links.
    settings.SHOP_URL = "http://testserver"
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        # Without a manifest, so that pages render before collectstatic has run.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    for one in (cache, caches["process"]):
        one.clear()
    kept.forget()
    # Nothing is set in an empty database. Read for good, so that a slow test counts no query for reading it again.
    shop_values.cache._read = shop_values._Read({}, {}, float("inf"))
    # A request leaves its language behind in the thread.
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def at_the_modules_now(request: pytest.FixtureRequest) -> Iterator[None]:
    """Time stands still at the module's NOW: it was read before the first test of all, perhaps half an hour ago."""
    with clock.at(request.module.NOW):
        yield


@pytest.fixture
def api() -> APIClient:
    """A client that speaks to the API as nobody in particular."""
    return APIClient()
