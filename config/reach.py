"""What a shop needs that is not reached: said in one line, with the remedy.

`python -m config.reach` asks database, cache and broker; with `--web SOCKET` it waits until the web is ready and has
answered its first page.
"""

import argparse
import http.client
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import DatabaseError, InterfaceError
from kombu.connection import Connection
from kombu.exceptions import OperationalError as BrokerError

from core.postgresql.base import Unreachable

PATIENCE_SECONDS = 120
_SHOWN_CHARACTERS = 300


def explanation(error: BaseException) -> str | None:
    """Return what is not reached, why, and what to do, in one line; None for any other error."""
    if isinstance(error, DatabaseError | InterfaceError) and isinstance(error.__cause__, Unreachable):
        remedy = (
            "Check host, port, name, user and password in DATABASE_URL, and that the server runs"
            if settings.DATABASE_URL
            else f"Look at {settings.DATA_DIR / 'postgres' / 'server.log'}"
        )
        return f"The database cannot be used: {_line(error)}. {remedy}."
    if isinstance(error, redis.RedisError | BrokerError):
        remedy = (
            "Check host, port and password in REDIS_URL and CELERY_BROKER_URL, and that the server runs"
            if settings.REDIS_URL or os.environ.get("CELERY_BROKER_URL")
            else f"Look at {settings.DATA_DIR / 'redis' / 'server.log'}"
        )
        return f"Redis cannot be used: {_line(error)}. {remedy}."
    return None


def unreadable_setting() -> str | None:
    """Return which variable of the environment has a value that cannot be read."""
    try:
        settings.INSTALLED_APPS  # noqa: B018  (the first use reads all of them)
    except ImproperlyConfigured as error:
        return str(error)
    return None


def unreached() -> str | None:
    """Return the explanation for the first of settings, database, cache and broker that cannot be used."""
    if reason := unreadable_setting():
        return reason
    for ask in (_ask_database, _ask_cache, _ask_broker):
        try:
            ask()
        except (DatabaseError, InterfaceError, redis.RedisError, BrokerError, OSError) as error:
            return explanation(error) or _line(error)
    return None


def wait_for_web(path: str) -> str | None:
    """Return why the web behind the socket does not serve the shop after all this time; None as soon as it does."""
    reason = None
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            status, body = _get(path, "/health/ready")
            if status == http.HTTPStatus.OK:
                # The first page takes the application's imports; until then nobody is told to open it.
                status, _body = _get(path, f"/{settings.LANGUAGE_CODE}/")
                return None if status < http.HTTPStatus.INTERNAL_SERVER_ERROR else f"its first page answers {status}"
            reason = _failed_checks(body)
        except (OSError, http.client.HTTPException) as error:
            reason = _line(error)
        time.sleep(0.2)
    return reason


def _line(error: BaseException) -> str:
    """What went wrong without libpq's question, which the remedy answers."""
    said = re.sub(r"\s+Is the server running [^?]*\?", "", str(error))
    return " ".join(said.split())[:_SHOWN_CHARACTERS].rstrip(".")


def _ask_database() -> None:
    connection.ensure_connection()


def _ask_cache() -> None:
    # Not through the cache, which goes on without Redis.
    location = str(settings.CACHES["default"]["LOCATION"])
    with redis.Redis.from_url(location, socket_connect_timeout=5, socket_timeout=5) as server:
        server.ping()


def _ask_broker() -> None:
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=5) as broker:  # type: ignore[no-untyped-call]
        broker.ensure_connection(max_retries=1, timeout=5)


def _get(path: str, address: str) -> tuple[int, bytes]:
    """Ask as the front would."""
    shop = urlsplit(settings.SHOP_URL)
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(path)
        asker = http.client.HTTPConnection(shop.netloc)
        asker.sock = line
        headers = {"Host": shop.netloc, "X-Forwarded-Proto": shop.scheme, "X-Forwarded-For": "127.0.0.1"}
        asker.request("GET", address, headers=headers)
        answer = asker.getresponse()
        return answer.status, answer.read()


def _failed_checks(body: bytes) -> str:
    checks = json.loads(body)["checks"]
    return f"it does not reach its {' and '.join(name for name, state in checks.items() if state != 'ok')}"


def main() -> int:
    """Ask, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.reach")
    parser.add_argument("--web", metavar="SOCKET", help="wait for the web behind this socket")
    options = parser.parse_args()
    ask: Callable[[], str | None] = (lambda: wait_for_web(options.web)) if options.web else unreached
    if not (reason := ask()):
        return 0
    print(f"souk: {f'The shop does not answer: {reason}' if options.web else reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
