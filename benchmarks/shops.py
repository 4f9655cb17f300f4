"""A shop of its own for a measure that makes what it needs: an empty database, gone when the measure is over."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.serving import ROOT


@contextmanager
def own_shop(name: str) -> Iterator[None]:
    """Set Django up over an empty database; whatever services it started are stopped in the end."""
    os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / f"benchmark-{name}"))
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    # Nobody is at work in this shop who would take tasks from a queue.
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "CELERY_BROKER_URL": "memory://"}
    from config import embedded  # noqa: PLC0415  (the environment decides where)

    embedded.start_if_needed()
    try:
        with _own_database(name):
            yield
    finally:
        if not os.environ.get("DATABASE_URL"):
            embedded.stop(Path(os.environ["DATA_DIR"]))


@contextmanager
def _own_database(name: str) -> Iterator[None]:
    import django  # noqa: PLC0415  (needs the services that were started above)

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import override_settings  # noqa: PLC0415

    told = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{told}_{name}"
    hosts = [*settings.ALLOWED_HOSTS, "testserver"]
    with override_settings(RATE_LIMITS={}, ALLOWED_HOSTS=hosts):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(told, verbosity=0)
