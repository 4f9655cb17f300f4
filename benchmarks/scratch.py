"""A database made anew for one measurement, beside any that DATA_DIR has: nobody's rows are touched."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.serving import ROOT


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """Django, set up on an empty, migrated database of that name in the embedded server; a DATABASE_URL does not count.

    A server that ran before keeps running; one that was started for this is stopped.
    """
    from config import embedded  # noqa: PLC0415  (the environment decides where)

    os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / f"benchmark-{name}"))
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    data_dir = embedded.configured_data_dir()
    was_up = all(service.is_ready() for service in embedded.services_of(data_dir))
    services = embedded.ensure(data_dir)
    try:
        _create(name, data_dir)
        os.environ |= {
            "DATABASE_URL": services.database_url.rpartition("/")[0] + f"/{name}",
            "REDIS_URL": services.redis_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        import django  # noqa: PLC0415  (needs the services that were started above)

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415

        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        if not was_up:
            embedded.stop(data_dir)


def _create(name: str, data_dir: Path) -> None:
    from config import embedded  # noqa: PLC0415

    address = {"host": str(embedded.socket_dir(data_dir)), "port": embedded.DATABASE_PORT, "user": "postgres"}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
