"""What the environment says, as the settings take it."""

import os
import subprocess
import sys

import pytest

_PRINT_BROKER = "from config import settings; print(settings.CELERY_BROKER_URL)"


@pytest.mark.parametrize(
    ("environment", "broker"),
    [
        ({"REDIS_URL": "", "CELERY_BROKER_URL": ""}, "redis+socket://"),
        ({"REDIS_URL": "redis://cache:6379/0", "CELERY_BROKER_URL": ""}, "redis://cache:6379/0"),
        ({"REDIS_URL": "unix:///run/redis?db=2", "CELERY_BROKER_URL": ""}, "redis+socket:///run/redis?virtual_host=2"),
        ({"REDIS_URL": "", "CELERY_BROKER_URL": "amqp://broker//"}, "amqp://broker//"),
    ],
)
def test_an_empty_variable_is_an_unset_one(environment: dict[str, str], broker: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT_BROKER], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert printed.stdout.startswith(broker)


@pytest.mark.parametrize(
    ("environment", "printed"),
    [
        ({}, "/media/ FileSystemStorage"),
        ({"MEDIA_BASE_URL": "https://cdn.example/"}, "https://cdn.example/ FileSystemStorage"),
        ({"S3_BUCKET": "pictures"}, "/media/ S3Storage"),
    ],
)
def test_the_environment_says_where_pictures_are(environment: dict[str, str], printed: str) -> None:
    code = "from config import settings as s; print(s.MEDIA_URL, s.STORAGES['default']['BACKEND'].rpartition('.')[2])"
    unset = {"MEDIA_BASE_URL": "", "S3_BUCKET": ""}
    found = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | unset | environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == printed
