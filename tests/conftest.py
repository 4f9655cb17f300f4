"""What every test starts from: quick password hashes, files in a temporary place, the cache empty."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from config import embedded

# Whoever runs the tests needs no server running: they bring up the embedded ones like any command.
embedded.start_if_needed()
# WhiteNoise warns of a missing folder, and nothing has been collected.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _fast_and_isolated(settings: Settings, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_THROTTLE_RATES = {}
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        # Without a manifest, so that pages render before collectstatic has run.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    cache.clear()


@pytest.fixture
def api() -> APIClient:
    """A client that speaks to the API as nobody in particular."""
    return APIClient()
